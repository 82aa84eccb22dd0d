package io.tallypost.faults.tenants;

import io.tallypost.faults.scene.Books;
import io.tallypost.faults.scene.Load;
import io.tallypost.faults.scene.Request;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.Tenant;
import io.tallypost.faults.scene.WaitComparison;
import io.tallypost.stack.Parallel;
import io.tallypost.stack.client.Client;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
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
  private static final int LOUD_MAILS = 50_000;
  private static final int A_MINUTE = 60;
  private static final int LESS_LOUD_MAILS = 600;
  private static final int RETRIED_PER_SECOND = 10;

  /** Those of some seconds, of {@code Ground.LONG_PARKING}. */
  private static final int SHORT_DELAYS = 3;

  /** Less than this is noise on a machine with two cores. */
  private static final Duration NOISE = Duration.ofSeconds(1);

  /** The longest parking of workers in the short form. */
  private static final Duration SHORT_PARKING = Duration.ofSeconds(10);

  /** The default, and a minute for those that come last. */
  private static final Duration LONG_PARKING = Duration.ofMinutes(11);

  /** In this time a machine with two cores sends one, 20 a second, under any other load. */
  private static final Duration A_MAIL = Duration.ofMillis(50);

  private static final Duration STILL = Duration.ofSeconds(10);

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

  public static final Row LOUD_TENANT =
      Row.of(
              "loud-tenant",
              "50 000 mails of a tenant, in the short form 600, whose relay takes 60 a minute; a third tenant's relay puts one of three mails off",
              5,
              FairnessRows::sendLoudly)
          .perSecond(PER_SECOND)
          .longParking();

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
        sent += first;
        for (Tenant tenant : tenants.keySet()) {
          tenant.send(first);
        }
        for (Tenant tenant : tenants.keySet()) {
          tenant.awaitEnded(sent);
        }
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

  private static void sendLoudly(Scene scene, int cycles) {
    int mails = cycles == 1 ? LESS_LOUD_MAILS : LOUD_MAILS / cycles;
    WaitComparison waits = new WaitComparison(scene, cycles);
    SinkSettings small = SinkSettings.defaults().keepingOfEach(2 * 1024);
    try (SmtpSink relay = SmtpSink.start(small);
        SmtpSink greylisting = SmtpSink.start(small.withScript(puttingOff()))) {
      Tenant loud = Tenant.of(scene, "loud", relay.port(), Map.of("rate_per_minute", A_MINUTE));
      Tenant patient = Tenant.of(scene, "patient", greylisting.port(), Map.of());
      try (Load retried = Load.start(patient.client(), "patient", RETRIED_PER_SECOND)) {
        Instant quiet = Instant.now();
        waits.without();
        Duration before = patient.books().latestRetry(quiet);
        Instant loudly = Instant.now();
        long sent = 0;
        for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
          sent += loud.send(mails).size();
          waits.with(SHORT);
        }
        Duration meanwhile = patient.books().latestRetry(loudly);
        expectInTime(scene, before, meanwhile);
        patient.awaitEnded(retried.finish().stream().filter(Request::accepted).count());
        drain(scene, loud, relay, sent, cycles == 1 ? SHORT_PARKING : LONG_PARKING);
      }
      waits.judge("meanwhile");
    }
  }

  /**
   * One of three mails, and no mail so often that it comes to the delays on which parked mail
   * waits: their jitter keeps those behind it.
   */
  private static SmtpScript puttingOff() {
    Map<String, Integer> times = new ConcurrentHashMap<>();
    return stage ->
        stage instanceof SmtpStage.FinalDot dot
                && ThreadLocalRandom.current().nextInt(3) == 0
                && times.merge(dot.mail().header("Message-ID").orElse(""), 1, Integer::sum)
                    <= SHORT_DELAYS
            ? SmtpAnswer.reply(451, "4.7.1 try again later")
            : Scene.inItsTime(stage);
  }

  private static void expectInTime(Scene scene, Duration before, Duration meanwhile) {
    scene.note(
        "retries of a third tenant at most %d ms late before, %d ms meanwhile"
            .formatted(before.toMillis(), meanwhile.toMillis()));
    Duration most = (before.compareTo(NOISE) > 0 ? before : NOISE).multipliedBy(2);
    scene.expect(
        meanwhile.compareTo(most) <= 0, "retries later than %d ms".formatted(most.toMillis()));
  }

  /** What was parked is looked at again within the longest parking. */
  private static void drain(
      Scene scene, Tenant loud, SmtpSink relay, long sent, Duration longestParking) {
    Map<String, Object> unlimited = new HashMap<>();
    unlimited.put("rate_per_minute", null);
    loud.changeRelay(unlimited);
    Instant lifted = Instant.now();
    loud.awaitEnded(sent, longestParking.plus(A_MAIL.multipliedBy(sent)).plus(STILL));
    scene.note(
        "%d mails drained %d s after the rate was lifted"
            .formatted(sent, Duration.between(lifted, Instant.now()).toSeconds()));
    loud.expectEachOnce(relay, sent);
  }
}
