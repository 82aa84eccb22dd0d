package io.tallypost.faults.relays;

import io.tallypost.faults.scene.Books;
import io.tallypost.faults.scene.Load;
import io.tallypost.faults.scene.Request;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.Tenant;
import io.tallypost.faults.scene.WaitComparison;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Two tenants with a relay each: one relay's trouble must not affect the other's mail. */
public final class TwoRelayRows {
  private static final Duration OUTAGE = Duration.ofSeconds(40);
  private static final int PER_SECOND = 10;

  public static final Row ONE_DEAD =
      Row.of(
          "one-relay-dead",
          "another tenant's relay hangs at MAIL for 40 s, then refuses connections for 40 s",
          3,
          TwoRelayRows::kill);

  private TwoRelayRows() {}

  private static void kill(Scene scene, int cycles) {
    SmtpSink relay = SmtpSink.start();
    Tenant other = Tenant.of(scene, "dead", relay.port(), Map.of());
    WaitComparison waits = new WaitComparison(scene, cycles);
    long seen = 0;
    try (Load load = Load.start(other.client(), "dead", PER_SECOND)) {
      SmtpSink first = relay;
      scene.await("the other tenant's mail arrives", () -> first.inbox().received() > 20);
      waits.without();
      for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
        relay.follow(
            stage -> stage instanceof SmtpStage.MailFrom ? SmtpAnswer.mute() : SmtpAnswer.accept());
        waits.with(OUTAGE);
        int port = relay.port();
        relay.close();
        seen += distinct(relay);
        waits.with(OUTAGE);
        relay = SmtpSink.start(SinkSettings.defaults().withPort(port));
        SmtpSink back = relay;
        scene.await("the dead relay's mail arrives", () -> back.inbox().received() > 20);
      }
      List<Request> asked = load.finish();
      long accepted = asked.stream().filter(Request::accepted).count();
      Books books = other.books();
      scene.await("all mail of the dead relay is drained", () -> books.endedCount() >= accepted);
      long arrived = seen + distinct(relay);
      scene.expect(arrived == accepted, "%d of %d arrived".formatted(arrived, accepted));
      scene.expect(books.deadLetters() == 0, books.deadLetters() + " dead letters at the dead one");
      scene.note("%d mails of the dead one drained".formatted(accepted));
      waits.judgeEach("meanwhile");
    } finally {
      relay.close();
    }
  }

  private static long distinct(SmtpSink relay) {
    return Books.received(relay.inbox().mails(), "").size();
  }
}
