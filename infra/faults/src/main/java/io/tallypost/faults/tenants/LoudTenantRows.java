package io.tallypost.faults.tenants;

import io.tallypost.faults.scene.Books;
import io.tallypost.faults.scene.Load;
import io.tallypost.faults.scene.Request;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.Tenant;
import io.tallypost.faults.scene.WaitComparison;
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
import java.util.concurrent.ThreadLocalRandom;

/**
 * A tenant that sends far more than its relay takes, a second one that must not notice, and a third
 * one whose mail waits on the same retry topics.
 *
 * <p>In the full form the loud mail is parked for ten minutes, then looked at, and parked again. It
 * is sent in two parts, so that it comes back in two waves. The slices with loud mail are within a
 * wave; those without it are where all of it lies still, but for the one mail a second that its
 * relay takes.
 */
public final class LoudTenantRows {
  private static final int PER_SECOND = 100;
  private static final int A_MINUTE = 60;
  private static final int RETRIED_PER_SECOND = 10;

  private static final int SHORT_MAILS = 600;
  private static final Duration SHORT = Duration.ofSeconds(8);

  /** The longest parking of workers in the short form. */
  private static final Duration SHORT_PARKING = Duration.ofSeconds(10);

  private static final int PARTS = 2;
  private static final int MAILS_OF_A_PART = 25_000;
  private static final int MAILS_AT_ONCE = 1_000;

  /** How long a part takes to be sent, at least: as long as three slices and what is between. */
  private static final Duration SENDING = Duration.ofSeconds(140);

  /** From the beginning of one part to that of the next. */
  private static final Duration APART = Duration.ofMinutes(5);

  /** {@code Ground.LONG_PARKING}. */
  private static final Duration PARKING = Duration.ofMinutes(10);

  private static final Duration JITTER = Duration.ofMinutes(1);
  private static final int RETURNS = 4;

  private static final Duration SLICE = Duration.ofSeconds(60);
  private static final Duration A_MOMENT = Duration.ofSeconds(1);

  /** As many slices without loud mail there are at least. */
  private static final int LEAST_WITHOUT = 4;

  /** Mail is put off three times at most, for some seconds each. */
  private static final int SHORT_DELAYS = 3;

  private static final Duration LONGEST_SHORT_DELAY = Duration.ofSeconds(10);

  /** One of so many is put off until it waits as long as parked mail does: six times. */
  private static final int ONE_OF = 60;

  private static final int ALL_DELAYS = 6;

  /** Less than this is noise on a machine with two cores. */
  private static final Duration NOISE = Duration.ofSeconds(1);

  /** In this time a machine with two cores sends one, 20 a second, under any other load. */
  private static final Duration A_MAIL = Duration.ofMillis(50);

  private static final Duration STILL = Duration.ofSeconds(10);

  public static final Row LOUD_TENANT =
      Row.of(
              "loud-tenant",
              "50 000 mails of a tenant, in the short form 600, whose relay takes 60 a minute; a third tenant's relay puts one of three mails off, some of them until they wait for 10 minutes",
              5,
              LoudTenantRows::sendLoudly)
          .perSecond(PER_SECOND)
          .longParking();

  private LoudTenantRows() {}

  private static void sendLoudly(Scene scene, int cycles) {
    boolean full = cycles > 1;
    WaitComparison waits = new WaitComparison(scene, cycles);
    SinkSettings small = SinkSettings.defaults().keepingOfEach(2 * 1024);
    var puttingOff = new PuttingOff(full);
    try (SmtpSink relay = SmtpSink.start(small);
        SmtpSink greylisting = SmtpSink.start(small.withScript(puttingOff))) {
      Tenant loud = Tenant.of(scene, "loud", relay.port(), Map.of("rate_per_minute", A_MINUTE));
      Tenant patient = Tenant.of(scene, "patient", greylisting.port(), Map.of());
      try (Load retried = Load.start(patient.client(), "patient", RETRIED_PER_SECOND)) {
        Instant quiet = Instant.now();
        waits.without();
        Duration before = patient.books().latestRetry(quiet, LONGEST_SHORT_DELAY);
        Instant loudly = Instant.now();
        long sent;
        if (full) {
          sent = playWaves(scene, cycles, waits, loud, puttingOff);
        } else {
          sent = loud.send(SHORT_MAILS).size();
          for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
            waits.with(SHORT);
          }
        }
        Duration meanwhile = patient.books().latestRetry(loudly, LONGEST_SHORT_DELAY);
        expectInTime(scene, "retries of a third tenant", before, meanwhile);
        if (full) {
          expectLongRetriesInTime(scene, patient.books(), loudly);
        }
        long patiently = retried.finish().stream().filter(Request::accepted).count();
        if (full) {
          drain(scene, loud, relay, sent, PARKING.plus(JITTER));
          patient.awaitEnded(patiently, PARKING.plus(JITTER));
        } else {
          patient.awaitEnded(patiently);
          drain(scene, loud, relay, sent, SHORT_PARKING);
        }
      }
      waits.judge("meanwhile");
    }
  }

  /** Returns how many loud mails were sent. */
  private static long playWaves(
      Scene scene, int cycles, WaitComparison waits, Tenant loud, PuttingOff puttingOff) {
    List<Wave> waves = new ArrayList<>();
    var slices = new Slices(scene, waits);
    long sent = 0;
    for (int part = 0; part < PARTS; part++) {
      Instant begin = Instant.now();
      scene.load().pause(true);
      sent += sendPart(scene, loud, begin);
      scene.load().pause(false);
      Instant end = Instant.now();
      for (int times = 1; times <= RETURNS; times++) {
        waves.add(
            new Wave(
                begin.plus(PARKING.multipliedBy(times)),
                end.plus(PARKING.plus(JITTER).multipliedBy(times))));
      }
      if (part < PARTS - 1) {
        slices.without();
        pauseUntil(scene, begin.plus(APART));
      }
    }
    // Those that are picked later would not have waited for long enough at the end.
    puttingOff.pickNoMore();
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      while (waves.stream().noneMatch(Wave::coversASlice)) {
        if (waves.stream().noneMatch(Wave::meetsASlice)) {
          slices.without();
        } else {
          scene.pause(A_MOMENT);
        }
      }
      slices.with();
    }
    slices.judge();
    return sent;
  }

  /** At a steady pace, if the machine can hold it. */
  private static long sendPart(Scene scene, Tenant loud, Instant begin) {
    long sent = 0;
    while (sent < MAILS_OF_A_PART) {
      sent += loud.send(MAILS_AT_ONCE).size();
      pauseUntil(scene, begin.plus(SENDING.multipliedBy(sent).dividedBy(MAILS_OF_A_PART)));
    }
    return sent;
  }

  private static void pauseUntil(Scene scene, Instant time) {
    Duration left = Duration.between(Instant.now(), time);
    if (left.isPositive()) {
      scene.pause(left);
    }
  }

  /** The time in which a part of the loud mail comes back, to be looked at and parked again. */
  private record Wave(Instant begin, Instant end) {
    /** Whether it lasts for a slice from now on. */
    boolean coversASlice() {
      Instant now = Instant.now();
      return !now.isBefore(begin) && !now.plus(SLICE).isAfter(end);
    }

    /** Whether a slice from now on would have some of it. */
    boolean meetsASlice() {
      Instant now = Instant.now();
      return now.plus(SLICE).isAfter(begin) && now.isBefore(end);
    }
  }

  /** The slices, and how much loud mail was parked during them. */
  private static final class Slices {
    private final Scene scene;
    private final WaitComparison waits;
    private final List<Double> parkedWithout = new ArrayList<>();
    private final List<Double> parkedWith = new ArrayList<>();

    Slices(Scene scene, WaitComparison waits) {
      this.scene = scene;
      this.waits = waits;
    }

    void without() {
      double before = parked();
      waits.without();
      parkedWithout.add(parked() - before);
    }

    void with() {
      double before = parked();
      waits.with(SLICE);
      parkedWith.add(parked() - before);
    }

    private double parked() {
      return scene.metric("worker", "tallypost_messages_parked_total{reason=\"rate_limited\"");
    }

    void judge() {
      double most = parkedWithout.stream().mapToDouble(one -> one).max().orElse(0);
      double least = parkedWith.stream().mapToDouble(one -> one).min().orElse(0);
      scene.note(
          "%d slices without loud mail, %.0f parked in one at most; %.0f at least in one with it"
              .formatted(parkedWithout.size() + 1, most, least));
      scene.expect(parkedWithout.size() + 1 >= LEAST_WITHOUT, "too few slices without loud mail");
      scene.expect(most * 4 <= least, "slices without loud mail had some");
    }
  }

  /** A relay that puts mail off. */
  private static final class PuttingOff implements SmtpScript {
    private final Map<String, Integer> times = new ConcurrentHashMap<>();
    private volatile boolean picks;

    /**
     * One of three mails.
     *
     * @param picks whether it also picks mails that it puts off until they wait for long
     */
    PuttingOff(boolean picks) {
      this.picks = picks;
    }

    void pickNoMore() {
      picks = false;
    }

    @Override
    public SmtpAnswer answer(SmtpStage stage) {
      if (stage instanceof SmtpStage.FinalDot dot
          && putsOff(dot.mail().header("Message-ID").orElse(""))) {
        return SmtpAnswer.reply(451, "4.7.1 try again later");
      }
      return Scene.inItsTime(stage);
    }

    private boolean putsOff(String id) {
      boolean picked = Math.floorMod(id.hashCode(), ONE_OF) == 0;
      if (picked && (picks || times.containsKey(id))) {
        return times.merge(id, 1, Integer::sum) <= ALL_DELAYS;
      }
      return ThreadLocalRandom.current().nextInt(3) == 0
          && times.merge(id, 1, Integer::sum) <= SHORT_DELAYS;
    }
  }

  private static void expectInTime(Scene scene, String what, Duration before, Duration meanwhile) {
    scene.note(
        "%s at most %d ms late before, %d ms meanwhile"
            .formatted(what, before.toMillis(), meanwhile.toMillis()));
    Duration most = (before.compareTo(NOISE) > 0 ? before : NOISE).multipliedBy(2);
    scene.expect(
        meanwhile.compareTo(most) <= 0, "%s later than %d ms".formatted(what, most.toMillis()));
  }

  /** Those behind loud mail: without it none has waited for so long yet. */
  private static void expectLongRetriesInTime(Scene scene, Books patient, Instant loudly) {
    expectInTime(
        scene,
        "those after longer waits, beyond the jitter,",
        Duration.ZERO,
        patient.latestLongRetry(loudly, LONGEST_SHORT_DELAY));
    long longest = patient.retries(loudly, PARKING);
    scene.note("%d after %d minutes".formatted(longest, PARKING.toMinutes()));
    scene.expect(longest > 0, "no retry waited behind parked mail");
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
