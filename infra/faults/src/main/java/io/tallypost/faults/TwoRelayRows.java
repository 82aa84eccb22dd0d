package io.tallypost.faults;

import io.tallypost.stack.client.Client;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Two tenants with a relay each: what one relay does must not be felt by the other's mail. */
final class TwoRelayRows {
  private static final Duration BASELINE = Duration.ofSeconds(30);
  private static final Duration OUTAGE = Duration.ofSeconds(40);
  private static final int PER_SECOND = 10;
  private static final int PLENTY = 1_000_000;

  /** Less than this is noise on a machine with two cores. */
  private static final Duration NOISE = Duration.ofMillis(500);

  static final Row ONE_DEAD =
      Row.of(
          "one-relay-dead",
          "another tenant's relay hangs at MAIL for 40 s, then refuses connections for 40 s",
          3,
          TwoRelayRows::kill);

  private TwoRelayRows() {}

  private static void kill(Scene scene, int cycles) {
    String tenant = "dead" + Long.toString(System.nanoTime(), 36);
    Client other = Client.ofNewTenant(scene.stack(), tenant, PLENTY);
    SmtpSink relay = SmtpSink.start();
    Client.Answer made =
        Client.operator(scene.stack())
            .post(
                "/api/v1/admin/relays",
                Map.of(
                    "name",
                    "dead",
                    "tenant",
                    tenant,
                    "host",
                    relay.host(),
                    "port",
                    relay.port(),
                    "security",
                    "none"));
    scene.expect(made.status() == 201, "no relay was made: " + made.body());
    long seen = 0;
    try (Load load = Load.start(other, tenant, PER_SECOND)) {
      SmtpSink first = relay;
      scene.await("the other tenant's mail arrives", () -> first.inbox().received() > 20);
      Duration baseline = slowestOfHundred(scene, BASELINE);
      Duration worst = Duration.ZERO;
      for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
        relay.follow(
            stage -> stage instanceof SmtpStage.MailFrom ? SmtpAnswer.mute() : SmtpAnswer.accept());
        Duration hanging = slowestOfHundred(scene, OUTAGE);
        int port = relay.port();
        relay.close();
        seen += distinct(relay);
        Duration dead = slowestOfHundred(scene, OUTAGE);
        relay = SmtpSink.start(SinkSettings.defaults().withPort(port));
        worst = Stream.of(worst, hanging, dead).max(Duration::compareTo).orElseThrow();
        SmtpSink back = relay;
        scene.await("the dead relay's mail arrives", () -> back.inbox().received() > 20);
      }
      List<Request> asked = load.finish();
      long accepted = asked.stream().filter(Request::accepted).count();
      var books = new Books(scene.stack(), other.keyId());
      scene.await("all mail of the dead relay is drained", () -> books.endedCount() >= accepted);
      long arrived = seen + distinct(relay);
      scene.expect(arrived == accepted, "%d of %d arrived".formatted(arrived, accepted));
      scene.expect(books.deadLetters() == 0, books.deadLetters() + " dead letters at the dead one");
      scene.note(
          "p99 of the good one %d ms before, %d ms meanwhile; %d mails of the dead one drained"
              .formatted(baseline.toMillis(), worst.toMillis(), accepted));
      Duration most = baseline.compareTo(NOISE) > 0 ? baseline : NOISE;
      scene.expect(worst.compareTo(most.multipliedBy(2)) <= 0, "p99 more than doubled");
    } finally {
      relay.close();
    }
  }

  private static long distinct(SmtpSink relay) {
    return Books.received(relay.inbox().mails(), "").size();
  }

  /** The 99th percentile of the good relay's mail that is sent in this time. */
  private static Duration slowestOfHundred(Scene scene, Duration time) {
    Instant from = Instant.now();
    scene.pause(time);
    Instant until = Instant.now().minusSeconds(2);
    var received = Books.received(scene.arena().sink().inbox().mails(), "");
    List<Duration> waits =
        scene.load().soFar().stream()
            .filter(request -> request.accepted())
            .filter(request -> request.askedAt().isAfter(from) && request.askedAt().isBefore(until))
            .map(request -> wait(request, received.get(request.internetMessageId())))
            .sorted()
            .toList();
    return waits.isEmpty() ? time : waits.get((waits.size() - 1) * 99 / 100);
  }

  /** A mail that has not arrived yet has waited until now. */
  private static Duration wait(Request request, @Nullable List<Instant> received) {
    Instant at = received == null ? Instant.now() : received.getFirst();
    return Duration.between(request.askedAt(), at);
  }
}
