package io.tallypost.faults.relays;

import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** A relay that is busy, restarted or broken. */
public final class RelayRows {
  private static final Duration A_BYTE_EACH = Duration.ofSeconds(1);
  private static final Duration FOR_A_WHILE = Duration.ofSeconds(10);

  /** A breaker stays open for 15 s, and parked mail moves to longer delays. */
  private static final Duration AFTER_A_BREAKER = Duration.ofSeconds(60);

  public static final Row OVERLOADED =
      Row.of(
              "relay-421",
              "421 for 10 s at the banner, then at MAIL, then after each tenth mail of a connection",
              5,
              RelayRows::overload)
          .recovery(AFTER_A_BREAKER);

  /** One of this many mails meets the fault. */
  private static final int ONE_OF = 20;

  /** So few that those which are slow at the same time do not take all connections. */
  private static final int ONE_OF_MANY = 200;

  private static final List<SmtpAnswer> WAYS_TO_BREAK =
      List.of(SmtpAnswer.close(), SmtpAnswer.reset(), SmtpAnswer.mute());

  public static final Row BROKEN_AFTER_THE_DOT =
      Row.of(
              "relay-broken-after-the-dot",
              "one of 20 connections closed, reset or mute between the dot and its reply",
              50,
              RelayRows::breakAfterTheDot)
          // At most one for each connection that was broken: 20 mails are awaited in a cycle.
          .copies(4)
          .recovery(AFTER_A_BREAKER);

  public static final Row TARPIT =
      Row.of(
              "relay-tarpit",
              "one of 200 mails answered at a byte a second, which takes longer than an attempt may",
              10,
              RelayRows::drip)
          .recovery(AFTER_A_BREAKER);

  private RelayRows() {}

  private static void overload(Scene scene, int cycles) {
    SmtpAnswer busy = SmtpAnswer.reply(421, "4.3.2 too busy").thenClose();
    List<SmtpScript> ways =
        List.of(
            stage ->
                stage instanceof SmtpStage.Banner || stage instanceof SmtpStage.MailFrom
                    ? busy
                    : Scene.inItsTime(stage),
            stage -> stage instanceof SmtpStage.MailFrom ? busy : Scene.inItsTime(stage),
            stage ->
                stage instanceof SmtpStage.MailFrom && stage.session().accepted() >= 10
                    ? busy
                    : Scene.inItsTime(stage));
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      for (SmtpScript way : ways) {
        long connections = scene.arena().sink().connections();
        scene.arena().sink().follow(way);
        scene.pause(FOR_A_WHILE);
        scene.arena().sink().follow(Scene.accepting());
        scene.fault();
        long made = scene.arena().sink().connections() - connections;
        scene.expect(made <= 400, made + " connections in 10 s");
        scene.awaitDelivered(50);
      }
    }
  }

  private static void breakAfterTheDot(Scene scene, int cycles) {
    var mails = new AtomicLong();
    var broken = new AtomicLong();
    scene
        .arena()
        .sink()
        .follow(stage -> {
          if (stage instanceof SmtpStage.FinalDot && mails.incrementAndGet() % ONE_OF == 0) {
            return WAYS_TO_BREAK.get((int) (broken.incrementAndGet() % WAYS_TO_BREAK.size()));
          }
          return Scene.inItsTime(stage);
        });
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      scene.awaitDelivered(ONE_OF);
    }
    scene.arena().sink().follow(Scene.accepting());
    scene.note("%d broken".formatted(broken.get()));
  }

  private static void drip(Scene scene, int cycles) {
    SmtpAnswer slow = SmtpAnswer.reply(250, "2.1.0 " + "o".repeat(60)).dripping(A_BYTE_EACH);
    var mails = new AtomicLong();
    var slowed = new AtomicLong();
    scene
        .arena()
        .sink()
        .follow(stage -> {
          if (stage instanceof SmtpStage.MailFrom && mails.incrementAndGet() % ONE_OF_MANY == 0) {
            slowed.incrementAndGet();
            return slow;
          }
          return Scene.inItsTime(stage);
        });
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      scene.awaitDelivered(ONE_OF_MANY);
    }
    scene.arena().sink().follow(Scene.accepting());
    scene.note("%d slowed".formatted(slowed.get()));
  }
}
