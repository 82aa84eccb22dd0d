package io.tallypost.faults.tenants;

import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.Tenant;
import io.tallypost.faults.scene.WaitComparison;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * More large mail than a worker has memory for. An arena's workers have heaps of 384 MB, less than
 * the 70 % of 768 MB that the chart gives them.
 */
public final class LargeMailRows {
  private static final Duration SLOW = Duration.ofSeconds(5);
  private static final Duration SHORT = Duration.ofSeconds(10);

  /** After which each is looked at again, by default; a minute for those that come last. */
  private static final Duration LONGEST_PARKING = Duration.ofMinutes(11);

  /** The largest text that fits a body of 1 MB, in lines. */
  private static final String TEXT =
      ("A line of a large mail, as many others. " + "x".repeat(35) + "\n").repeat(13_400);

  /** Headers, to know which mail it is. */
  private static final int KEPT_OF_EACH = 4 * 1024;

  public static final Row LARGE =
      Row.of(
              "large-mail",
              "1 000 mails of 1 MB of another tenant (150 in the short form), at a relay that needs 5 s for each",
              3,
              LargeMailRows::send)
          // Intake, quota and audit work on them as well.
          .recovery(Duration.ofSeconds(30))
          .defaultWaits();

  private LargeMailRows() {}

  private static void send(Scene scene, int cycles) {
    int mails = cycles == 1 ? 150 : 1_000;
    Set<Long> workers = scene.pids("worker");
    WaitComparison waits = new WaitComparison(scene, cycles);
    long sent = 0;
    try (SmtpSink relay = SmtpSink.start(SinkSettings.defaults().keepingOfEach(KEPT_OF_EACH))) {
      Tenant tenant = Tenant.of(scene, "large", relay.port(), Map.of());
      for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
        waits.without();
        relay.follow(LargeMailRows::slowly);
        sent += tenant.send(mails, i -> Tenant.mail("r@example.org", TEXT)).size();
        waits.with(SHORT);
        relay.follow(stage -> SmtpAnswer.accept());
        tenant.awaitEnded(sent, LONGEST_PARKING);
      }
      tenant.expectEachOnce(relay, sent);
      scene.expect(scene.pids("worker").equals(workers), "a worker has died");
      scene.note(sent + " large mails");
      waits.note("meanwhile");
    }
  }

  private static SmtpAnswer slowly(SmtpStage stage) {
    return stage instanceof SmtpStage.FinalDot
        ? SmtpAnswer.accept().after(SLOW)
        : SmtpAnswer.accept();
  }
}
