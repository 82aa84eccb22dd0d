package io.tallypost.faults.tenants;

import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.stack.Parallel;
import io.tallypost.stack.client.Client;
import io.tallypost.stack.client.StackProcess;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/** Searches without end, and nothing else: the log must not feel them. */
public final class SearchRows {
  private static final Duration SLICE = Duration.ofMinutes(1);

  /** So many that no key's rate ends what its tenant's share allows. */
  private static final int KEYS = 16;

  private static final int CALLERS = 4;
  private static final int PLENTY = 1_000_000;
  private static final int MOST_TIMES_OLDER = 2;

  /** A look at the log each second sees no less. */
  private static final Duration NOISE = Duration.ofSeconds(1);

  public static final Row SEARCH_LOAD =
      Row.of(
              "search-load",
              "%d searches at any moment, of the mail that is being sent and of another tenant's, and nothing else; for each cycle a minute without them and one with them"
                  .formatted(Searches.AT_ONCE),
              3,
              SearchRows::load)
          .perSecond(50);

  private SearchRows() {}

  private static void load(Scene scene, int cycles) {
    List<Client> clients = clients(scene.stack());
    URI audit = URI.create(scene.stack().services("audit").getFirst().path("api").asString());
    LogAge.Most quiet = LogAge.Most.NONE;
    LogAge.Most loud = LogAge.Most.NONE;
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      quiet = quiet.or(slice(scene));
      try (var searches = Searches.start(audit, clients)) {
        loud = loud.or(slice(scene));
        scene.note("searches: " + searches.said());
        scene.expect(searches.answers(200) > 0, "no search was answered");
        scene.expect(searches.answers(500) == 0, searches.answers(500) + " searches failed");
        scene.expect(searches.answers(0) == 0, searches.answers(0) + " without an answer");
      }
    }
    scene.note("the log at most %s behind, %s with them".formatted(quiet.said(), loud.said()));
    Duration usual = quiet.age().compareTo(NOISE) > 0 ? quiet.age() : NOISE;
    scene.expect(
        loud.age().compareTo(usual.multipliedBy(MOST_TIMES_OLDER)) <= 0,
        "the log was more than %d times as old".formatted(MOST_TIMES_OLDER));
  }

  private static LogAge.Most slice(Scene scene) {
    LogAge age = LogAge.watch(scene);
    scene.pause(SLICE);
    return age.end();
  }

  /** Half of them see the mail that is being sent. */
  private static List<Client> clients(StackProcess stack) {
    String other = "curious" + Long.toString(System.nanoTime(), 36);
    Client first = Client.ofNewTenant(stack, other, PLENTY);
    return Parallel.calls(
        CALLERS,
        KEYS,
        i ->
            i == 0
                ? first
                : i % 2 == 0
                    ? Client.ofTenant(stack, other, PLENTY)
                    : Client.withLimit(stack, "curious", PLENTY));
  }
}
