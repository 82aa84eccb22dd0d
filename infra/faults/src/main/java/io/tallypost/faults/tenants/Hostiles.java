package io.tallypost.faults.tenants;

import io.tallypost.faults.crowd.CrowdPlan;
import io.tallypost.faults.scene.Books;
import io.tallypost.faults.scene.Scene;
import io.tallypost.stack.Parallel;
import io.tallypost.stack.client.Client;
import io.tallypost.stack.client.StackProcess;
import java.net.URI;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The keys of tenants that trouble others.
 *
 * @param plan has them
 * @param uploader sends what never arrives in time
 * @param overLimit send more than they may
 * @param since when they began
 */
record Hostiles(CrowdPlan plan, Books uploader, List<Books> overLimit, LocalDate since) {
  private static final int LIMIT = 2;
  private static final int SENDERS = 20;

  /** Few, so that each meets its limits. */
  private static final int READERS = 3;

  private static final int CALLERS = 4;
  private static final int PLENTY = 1_000_000;

  /** More than a slice takes, and the wait behind it. */
  private static final int SECONDS = 300;

  /** Makes them. */
  static Hostiles of(Scene scene) {
    StackProcess stack = scene.stack();
    String name = Long.toString(System.nanoTime(), 36);
    Client uploader = Client.ofNewTenant(stack, "slow" + name, PLENTY);
    Client admin = Client.adminOfNewTenant(stack, "admin" + name);
    Client searcher = Client.ofNewTenant(stack, "curious" + name, PLENTY);
    String greedy = "greedy" + name;
    Client first = Client.ofNewTenant(stack, greedy, LIMIT);
    List<Client> greedyOnes =
        Parallel.calls(
            CALLERS, SENDERS, i -> i == 0 ? first : Client.ofTenant(stack, greedy, LIMIT));
    // The last sees all that the tenant sends that nobody troubles.
    List<Client> readers =
        Parallel.calls(
            READERS,
            READERS,
            i ->
                switch (i) {
                  case 0 -> searcher;
                  case 1 -> Client.ofTenant(stack, greedy, PLENTY);
                  default -> Client.withLimit(stack, "curious", PLENTY);
                });
    List<Client> atIntake = Stream.concat(greedyOnes.stream(), Stream.of(uploader, admin)).toList();
    use(atIntake, "/api/v1/admin/api-keys?limit=1");
    use(readers, "/api/v1/messages?limit=1");
    var plan =
        new CrowdPlan(
            false,
            SECONDS,
            url(stack, "intake"),
            url(stack, "quota"),
            url(stack, "audit"),
            uploader.key(),
            admin.key(),
            greedyOnes.stream().map(Client::key).toList(),
            readers.stream().map(Client::key).toList());
    return new Hostiles(
        plan,
        new Books(stack, uploader.keyId()),
        greedyOnes.stream().map(one -> new Books(stack, one.keyId())).toList(),
        today());
  }

  /** They are known where they go: the first use of a key takes a turn of bcrypt. */
  private static void use(List<Client> clients, String path) {
    Parallel.calls(CALLERS, clients.size(), i -> clients.get(i).get(path).status());
  }

  /** Past the front door, which is the stack's and has no limits. */
  private static URI url(StackProcess stack, String role) {
    return URI.create(stack.services(role).getFirst().path("api").asString());
  }

  private static LocalDate today() {
    return LocalDate.now(ZoneOffset.UTC);
  }

  /** None of them may have got more than its limit, nor been charged more than it got. */
  void judge(Scene scene) {
    long days = ChronoUnit.DAYS.between(since, today()) + 1;
    long approved = 0;
    for (Books books : overLimit) {
      Set<String> granted = books.approved();
      long usage = books.usage();
      scene.expect(
          usage == granted.size(),
          "%d charged and %d approved over a limit".formatted(usage, granted.size()));
      scene.expect(usage <= LIMIT * days, "%d charged with a limit of %d".formatted(usage, LIMIT));
      scene.await(
          "what was approved has ended", () -> books.ended(granted).size() == granted.size());
      scene.expect(books.deadLetters() == 0, "dead letters of a sender over its limit");
      approved += granted.size();
    }
    scene.note(
        "%d senders over their limits of %d a day were granted %d"
            .formatted(overLimit.size(), LIMIT, approved));
    long uploaded = uploader.usage();
    scene.expect(uploaded == 0, uploaded + " slow uploads were taken");
  }
}
