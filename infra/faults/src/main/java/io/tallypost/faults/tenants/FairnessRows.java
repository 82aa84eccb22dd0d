package io.tallypost.faults.tenants;

import io.tallypost.faults.scene.Books;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.Tenant;
import io.tallypost.faults.scene.WaitComparison;
import io.tallypost.stack.Parallel;
import io.tallypost.stack.client.Client;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Mail that could take all of a worker's places, and others' mail that must not notice. */
public final class FairnessRows {
  private static final int PER_SECOND = 100;
  private static final Duration SHORT = Duration.ofSeconds(8);

  /** More than a worker has places. */
  private static final int MAILS = 400;

  /** This many relays together could take every place, a quarter each. */
  private static final int RELAYS = 5;

  /** In the short form, for each of those: five times that is more than there are places. */
  private static final int FEWER_MAILS = 100;

  /** What a new worker starts with in the short form. */
  private static final int FIRST_MAILS = 40;

  private static final int SLOW_MAILS = 1_000;

  public static final Row ONE_HANGS_SINCE_START =
      Row.of(
              "relay-hangs-since-start",
              "the only relay that a new worker has used hangs at MAIL, with 400 mails",
              5,
              (scene, cycles) -> hang(scene, cycles, 1))
          .perSecond(PER_SECOND);

  public static final Row FIVE_HANG_SINCE_START =
      Row.of(
              "relays-hang-since-start",
              "the only relays that a new worker has used, of five tenants, hang at MAIL, with 400 mails each, in the short form 100",
              5,
              (scene, cycles) -> hang(scene, cycles, RELAYS))
          .perSecond(PER_SECOND);

  public static final Row SLOW_TEST_MAIL =
      Row.of(
              "slow-test-mail",
              "1 000 mails of a test key, in the short form 400, to slow@ at the simulated relay",
              5,
              FairnessRows::sendSlowTestMail)
          .perSecond(PER_SECOND);

  private FairnessRows() {}

  private static void hang(Scene scene, int cycles, int hanging) {
    scene.arena().scale("worker", 1);
    WaitComparison waits = new WaitComparison(scene, cycles);
    int first = cycles == 1 ? FIRST_MAILS : MAILS;
    int mails = cycles == 1 && hanging > 1 ? FEWER_MAILS : MAILS;
    List<SmtpSink> relays = new ArrayList<>();
    try {
      Map<Tenant, SmtpSink> tenants = new HashMap<>();
      for (int i = 0; i < hanging; i++) {
        SmtpSink relay = SmtpSink.start();
        relays.add(relay);
        tenants.put(Tenant.of(scene, "hanging" + i, relay.port(), Map.of()), relay);
      }
      long sent = 0;
      for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
        waits.without();
        scene.load().pause(true);
        scene.awaitRead();
        scene.stack().control("stop", "worker");
        scene.stack().control("start", "worker");
        // The new worker has used only these relays, and is warm.
        for (Tenant tenant : tenants.keySet()) {
          tenant.send(first);
          tenant.awaitEnded(sent + first);
        }
        sent += first;
        var well = new CountDownLatch(1);
        relays.forEach(relay -> relay.follow(stage -> hangingAtMail(stage, well)));
        for (Map.Entry<Tenant, SmtpSink> each : tenants.entrySet()) {
          each.getKey().send(mails);
          scene.await("a relay hangs", () -> each.getValue().openConnections() > 0);
        }
        sent += mails;
        scene.load().pause(false);
        waits.with(SHORT);
        // Hanging mail is cut off before its dot, so that nothing is in doubt.
        relays.forEach(relay -> relay.follow(stage -> SmtpAnswer.accept()));
        well.countDown();
        scene.fault();
        for (Tenant tenant : tenants.keySet()) {
          tenant.awaitEnded(sent);
        }
      }
      for (Map.Entry<Tenant, SmtpSink> each : tenants.entrySet()) {
        each.getKey().expectEachOnce(each.getValue(), sent);
      }
      waits.judge("meanwhile");
    } finally {
      relays.forEach(SmtpSink::close);
    }
  }

  /** Says nothing to MAIL, and closes the connection once the relay is well. */
  private static SmtpAnswer hangingAtMail(SmtpStage stage, CountDownLatch well) {
    if (!(stage instanceof SmtpStage.MailFrom)) {
      return SmtpAnswer.accept();
    }
    try {
      // Not for ever: a row that fails must end.
      var _ = well.await(2, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return SmtpAnswer.close();
  }

  private static void sendSlowTestMail(Scene scene, int cycles) {
    WaitComparison waits = new WaitComparison(scene, cycles);
    Client testing = Client.forTests(scene.stack(), "slow", 1_000_000);
    Books books = new Books(scene.stack(), testing.keyId());
    int mails = cycles == 1 ? MAILS : SLOW_MAILS;
    long sent = 0;
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      waits.without();
      List<Integer> answers =
          Parallel.calls(
              16,
              mails,
              i ->
                  testing
                      .post(
                          "/api/v1/send",
                          Tenant.mail("slow+%d@simulator.tallypost.test".formatted(i), "Slowly."),
                          "Prefer",
                          "respond-async")
                      .status());
      scene.expect(answers.stream().allMatch(status -> status == 202), "test mail was refused");
      sent += mails;
      waits.with(SHORT);
      long all = sent;
      scene.await("the slow mail ends", () -> books.endedCount() >= all);
    }
    scene.expect(books.deadLetters() == 0, books.deadLetters() + " dead letters of test mail");
    waits.judge("meanwhile");
  }
}
