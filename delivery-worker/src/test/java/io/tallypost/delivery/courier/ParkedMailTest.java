package io.tallypost.delivery.courier;

import static io.tallypost.delivery.courier.Attempts.AT_MAX_AGE;
import static io.tallypost.delivery.courier.Attempts.SCHEDULE;
import static io.tallypost.delivery.courier.Attempts.after;
import static io.tallypost.delivery.courier.Attempts.queued;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.RetrySchedule;
import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.RelayAnswer.Reason;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.UnreadableRecordException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What follows if no relay was asked. */
class ParkedMailTest {
  private static final RetrySchedule LADDER =
      new RetrySchedule(
          List.of(Duration.ofSeconds(30), Duration.ofMinutes(2), Duration.ofMinutes(10)),
          Duration.ofMinutes(10),
          Duration.ofDays(1));

  @ParameterizedTest
  @EnumSource(Reason.class)
  void usesUpNoAttemptWhereNoRelayWasAsked(Reason reason) throws Exception {
    var again = (NextStep.TryAgain) parked(RecordHeaders.empty(), NOON, reason);

    assertThat(again.counted()).isFalse();
    assertThat(again.remaining()).containsExactly(BOB, CAROL);
    assertThat(again.stay().dueAt()).isAfter(NOON);
  }

  @Test
  void endsParkedMailAtItsMaximumAgeAndSaysWhy() throws Exception {
    var dead = (NextStep.GiveUp) parked(tried(), AT_MAX_AGE, Reason.BREAKER_OPEN);
    var none = (NextStep.GiveUp) parked(RecordHeaders.empty(), AT_MAX_AGE, Reason.NO_RELAY);

    assertThat(dead.category()).isEqualTo(DeadLetter.Category.EXHAUSTED);
    assertThat(none.category()).isEqualTo(DeadLetter.Category.RELAY_CONFIG);
    assertThat(none.failed()).containsExactly(BOB, CAROL);
    assertThat(none.results()).extracting(RecipientResult::status).containsOnly(Status.FAILED);
  }

  @ParameterizedTest
  @EnumSource(
      value = Reason.class,
      names = {"HELD", "TENANT_DISABLED"})
  void neverEndsMailThatAnOperatorHasStopped(Reason reason) throws Exception {
    assertThat(parked(RecordHeaders.empty(), AT_MAX_AGE, reason))
        .isInstanceOf(NextStep.TryAgain.class);
  }

  /** A breaker that opened, a rate that was used up and a place that was taken at that moment. */
  @ParameterizedTest
  @EnumSource(
      value = Reason.class,
      names = {"BREAKER_OPEN", "RATE_LIMITED", "SATURATED", "STALLED"})
  void triesEveryMailOnceHoweverOldItIs(Reason reason) throws Exception {
    assertThat(parked(RecordHeaders.empty(), AT_MAX_AGE, reason))
        .isInstanceOf(NextStep.TryAgain.class);
    assertThat(parked(RecordHeaders.empty(), AT_MAX_AGE.plus(Duration.ofDays(1)), reason))
        .isInstanceOf(NextStep.TryAgain.class);
    assertThat(parked(tried(), AT_MAX_AGE.plus(SCHEDULE.longestParking()), reason))
        .isInstanceOf(NextStep.GiveUp.class);
  }

  @ParameterizedTest
  @EnumSource(
      value = Reason.class,
      names = {"RATE_LIMITED", "SATURATED"})
  void letsTheLastAttemptWaitForItsTurnAtARelayThatIsWell(Reason reason) throws Exception {
    Instant end = AT_MAX_AGE.plus(SCHEDULE.longestParking());

    assertThat(parked(tried(), AT_MAX_AGE, reason)).isInstanceOf(NextStep.TryAgain.class);
    assertThat(parked(tried(), end.minusMillis(1), reason)).isInstanceOf(NextStep.TryAgain.class);
    assertThat(parked(tried(), end, reason)).isInstanceOf(NextStep.GiveUp.class);
  }

  private static RecordHeaders tried() {
    return RecordHeaders.empty().set(RecordHeaders.ATTEMPT, 1);
  }

  private static NextStep parked(RecordHeaders headers, Instant now, Reason reason)
      throws UnreadableRecordException {
    QueuedMail mail = queued(headers);
    var notNow = new RelayAnswer.NotNow(reason, null);
    return NextStep.of(mail, notNow, SCHEDULE, mail.ageFrom(), now, 0.5);
  }

  @Test
  void reportsTheFirstParkingAndEveryOtherReason() throws Exception {
    var parked = again(RecordHeaders.empty(), NOON, Reason.BREAKER_OPEN);
    RecordHeaders headers = headersAfter(RecordHeaders.empty(), parked, NOON);

    assertThat(parked.isReported()).isTrue();
    assertThat(again(headers, NOON.plusSeconds(31), Reason.BREAKER_OPEN).isReported()).isFalse();
    assertThat(again(headers, NOON.plusSeconds(31), Reason.HELD).isReported()).isTrue();
  }

  @Test
  void isSilentAboutParkedMailForTenMinutesAtMost() throws Exception {
    Instant now = NOON;
    RecordHeaders headers = RecordHeaders.empty();
    Instant reportedUntil = NOON;
    int reports = 0;
    while (now.isBefore(NOON.plus(Duration.ofHours(12)))) {
      var again = again(headers, now, Reason.BREAKER_OPEN);
      if (again.isReported()) {
        reports++;
        assertThat(now).isBeforeOrEqualTo(reportedUntil.plus(NextStep.LONGEST_SILENCE));
        reportedUntil = again.stay().backAt();
      }
      headers = headersAfter(headers, again, now);
      now = again.stay().backAt();
    }
    assertThat(reports).isLessThan(12 * 6 + 2);
  }

  @Test
  void saysWhatHappenedToARecipientHoweverOftenTheMailIsParked() throws Exception {
    var first =
        (NextStep.TryAgain)
            after(
                RecordHeaders.empty(),
                NOON,
                Fault.RELAY_MISCONFIGURED,
                Status.DEFERRED,
                Status.DEFERRED);
    RecordHeaders headers = headersAfter(RecordHeaders.empty(), first, NOON);

    var silent =
        (NextStep.TryAgain)
            after(
                headers,
                NOON.plusSeconds(31),
                Fault.RELAY_MISCONFIGURED,
                Status.DEFERRED,
                Status.DEFERRED);
    var told =
        (NextStep.TryAgain)
            after(
                headers,
                NOON.plusSeconds(31),
                Fault.RELAY_MISCONFIGURED,
                Status.DELIVERED,
                Status.DEFERRED);

    assertThat(silent.isReported()).isFalse();
    assertThat(told.isReported()).isTrue();
  }

  @Test
  void keepsAProbeOnTheShortestRungHoweverLongItHasWaited() throws Exception {
    var headers = RecordHeaders.empty().set(RecordHeaders.PARKED_SINCE, NOON.minusSeconds(3_600));
    QueuedMail mail = queued(headers);

    var probe = new RelayAnswer.NotNow(Reason.BREAKER_OPEN, null, true);
    var rest = new RelayAnswer.NotNow(Reason.BREAKER_OPEN, null, false);

    assertThat(rung(NextStep.of(mail, probe, LADDER, mail.ageFrom(), NOON, 0.5)))
        .isEqualTo(Duration.ofSeconds(30));
    assertThat(rung(NextStep.of(mail, rest, LADDER, mail.ageFrom(), NOON, 0.5)))
        .isEqualTo(Duration.ofMinutes(10));
  }

  private static Duration rung(NextStep nextStep) {
    return ((NextStep.TryAgain) nextStep).stay().rung();
  }

  private static NextStep.TryAgain again(RecordHeaders headers, Instant now, Reason reason)
      throws UnreadableRecordException {
    QueuedMail mail = queued(headers);
    var notNow = new RelayAnswer.NotNow(reason, null);
    return (NextStep.TryAgain) NextStep.of(mail, notNow, LADDER, mail.ageFrom(), now, 0.5);
  }

  private static RecordHeaders headersAfter(
      RecordHeaders before, NextStep.TryAgain again, Instant now) throws UnreadableRecordException {
    return OutcomeRecords.headers(queued(before), again, now);
  }
}
