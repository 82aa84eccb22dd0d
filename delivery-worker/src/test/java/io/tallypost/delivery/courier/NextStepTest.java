package io.tallypost.delivery.courier;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.NOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tallypost.delivery.RetrySchedule;
import io.tallypost.delivery.smtp.AttemptResult;
import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.RelayAnswer.Reason;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NextStepTest {
  private static final RetrySchedule SCHEDULE =
      new RetrySchedule(
          List.of(Duration.ofSeconds(30)), Duration.ofMinutes(10), Duration.ofDays(1));
  private static final RetrySchedule LADDER =
      new RetrySchedule(
          List.of(Duration.ofSeconds(30), Duration.ofMinutes(2), Duration.ofMinutes(10)),
          Duration.ofMinutes(10),
          Duration.ofDays(1));
  private static final Instant AT_MAX_AGE = NOON.plus(Duration.ofDays(1));

  @Test
  void isDoneWhenEverybodyHasIt() {
    assertThat(after(RecordHeaders.empty(), NOON, Fault.NONE, Status.DELIVERED, Status.DELIVERED))
        .isInstanceOf(NextStep.Done.class);
  }

  @Test
  void triesOnlyTheOpenRecipientsAgain() {
    var again =
        (NextStep.TryAgain)
            after(RecordHeaders.empty(), NOON, Fault.NONE, Status.FAILED, Status.DEFERRED);

    assertThat(again.remaining()).containsExactly(CAROL);
    assertThat(again.failed()).containsExactly(BOB);
    assertThat(again.stay().rung()).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void asksAboutSomebodyElseFirstWhereTheRelayBrokeOff() {
    var again =
        (NextStep.TryAgain)
            after(
                RecordHeaders.empty(),
                NOON,
                Fault.RELAY_TEMPORARY,
                Status.DEFERRED,
                Status.DEFERRED);

    assertThat(again.remaining()).containsExactly(CAROL, BOB);
  }

  @Test
  void namesThoseRefusedEarlierInTheOneLetterAtTheEnd() {
    var headers =
        RecordHeaders.empty()
            .set(RecordHeaders.ATTEMPT, 1)
            .setAddresses(RecordHeaders.REMAINING_RECIPIENTS, List.of(CAROL))
            .setAddresses(RecordHeaders.FAILED_RECIPIENTS, List.of(BOB));

    var end = (NextStep.GiveUp) after(headers, NOON, Fault.NONE, Status.DELIVERED);

    assertThat(end.category()).isEqualTo(DeadLetter.Category.PERMANENT);
    assertThat(end.failed()).containsExactly(BOB);
  }

  @Test
  void givesUpAtTheMaximumAgeAndSaysWhy() {
    var end =
        (NextStep.GiveUp)
            after(RecordHeaders.empty(), AT_MAX_AGE, Fault.NONE, Status.DELIVERED, Status.DEFERRED);

    assertThat(end.category()).isEqualTo(DeadLetter.Category.EXHAUSTED);
    assertThat(end.failed()).containsExactly(CAROL);
    assertThat(end.results()).extracting(RecipientResult::status).doesNotContain(Status.DEFERRED);
  }

  @Test
  void blamesTheSettingsWhereTheRelayCouldNotBeUsed() {
    var end =
        (NextStep.GiveUp)
            after(
                RecordHeaders.empty(),
                AT_MAX_AGE,
                Fault.RELAY_MISCONFIGURED,
                Status.DEFERRED,
                Status.DEFERRED);

    assertThat(end.category()).isEqualTo(DeadLetter.Category.RELAY_CONFIG);
  }

  @Test
  void usesUpNoAttemptWhereTheRelayIsMisconfigured() {
    var again =
        (NextStep.TryAgain)
            after(
                RecordHeaders.empty(),
                NOON,
                Fault.RELAY_MISCONFIGURED,
                Status.DEFERRED,
                Status.DEFERRED);

    assertThat(again.counted()).isFalse();
    assertThat(again.remaining()).containsExactly(BOB, CAROL);
  }

  /** Nobody was asked about those who have not got it, so age does not end it either. */
  @Test
  void usesUpNoAttemptWhereAMailWasHandedOverBeforeAllWereAskedFor() {
    for (Instant at : List.of(NOON, AT_MAX_AGE)) {
      var again =
          (NextStep.TryAgain)
              after(
                  RecordHeaders.empty(), at, Fault.HANDED_OVER, Status.DELIVERED, Status.DEFERRED);

      assertThat(again.counted()).isFalse();
      assertThat(again.remaining()).containsExactly(CAROL);
      assertThat(again.isReported()).isTrue();
      assertThat(rung(again)).isEqualTo(Duration.ofSeconds(30));
    }
  }

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

  @Test
  void endsTheMailOfADeletedTenantAtOnceAndSaysWhy() throws Exception {
    QueuedMail mail = queued(RecordHeaders.empty());

    var end =
        (NextStep.GiveUp)
            NextStep.of(
                mail,
                AttemptResult.tenantDeleted(mail.recipients()),
                SCHEDULE,
                mail.ageFrom(),
                NOON,
                0.5);

    assertThat(end.category()).isEqualTo(DeadLetter.Category.PERMANENT);
    assertThat(end.failed()).containsExactly(BOB, CAROL);
    assertThat(end.reason()).isEqualTo("the tenant was deleted before it was sent");
  }

  /** A breaker that opened, a rate that was used up and a place that was taken at that moment. */
  @ParameterizedTest
  @EnumSource(
      value = Reason.class,
      names = {"BREAKER_OPEN", "RATE_LIMITED", "SATURATED"})
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

  @Test
  void takesARecipientOfWhomNothingWasSaidForOpen() throws Exception {
    QueuedMail mail = queued(RecordHeaders.empty());
    var one = new RecipientResult(BOB, Status.DELIVERED, reply(Status.DELIVERED), null);
    var attemptResult = new AttemptResult(Fault.NONE, List.of(one));

    var again =
        (NextStep.TryAgain) NextStep.of(mail, attemptResult, SCHEDULE, mail.ageFrom(), NOON, 0.5);

    assertThat(again.remaining()).containsExactly(CAROL);
    assertThat(again.results()).extracting(RecipientResult::recipient).containsExactly(BOB, CAROL);
  }

  @Test
  void believesInADeliveryOnlyWhereAReplySaysSo() throws Exception {
    QueuedMail mail = queued(RecordHeaders.empty());
    var unproven = new RecipientResult(BOB, Status.DELIVERED, null, null);
    var contradicted =
        new RecipientResult(CAROL, Status.DELIVERED, new SmtpReply(530, null, "login first"), null);
    var attemptResult = new AttemptResult(Fault.NONE, List.of(unproven, contradicted));

    var again =
        (NextStep.TryAgain) NextStep.of(mail, attemptResult, SCHEDULE, mail.ageFrom(), NOON, 0.5);

    assertThat(again.remaining()).containsExactly(BOB, CAROL);
  }

  @Test
  void countsTheAgeFromAReplay() {
    var headers = RecordHeaders.empty().set(RecordHeaders.AGE_FROM, AT_MAX_AGE);

    assertThat(after(headers, AT_MAX_AGE, Fault.NONE, Status.DEFERRED, Status.DEFERRED))
        .isInstanceOf(NextStep.TryAgain.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2147483647", "2147483648", "-1", "1000001"})
  void countsNoAttemptsThatNobodyCanHaveMade(String attempts) throws Exception {
    QueuedMail mail = queued(RecordHeaders.empty().set(RecordHeaders.ATTEMPT, attempts));

    assertThat(mail.attempt()).isEqualTo(1);
    assertThat(mail.context("delivered", NOON).attempt()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"+1000000000-12-31T23:59:59.999999999Z", "-1000000000-01-01T00:00:00Z", "soon"})
  void countsTheAgeFromTheAcceptanceWhereAHeaderMakesNoSense(String ageFrom) throws Exception {
    QueuedMail mail = queued(RecordHeaders.empty().set(RecordHeaders.AGE_FROM, ageFrom));

    assertThat(mail.ageFrom()).isEqualTo(mail.request().context().acceptedAt());
  }

  @Test
  void sendsToNobodyWhomOnlyAHeaderNames() throws Exception {
    var headers =
        RecordHeaders.empty()
            .setAddresses(
                RecordHeaders.REMAINING_RECIPIENTS,
                List.of(CAROL, new EmailAddress("mallory@example.org")));

    assertThat(queued(headers).recipients()).containsExactly(CAROL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "carol", "mallory@example.org", "carol@example.net eve"})
  void sendsToNobodyWhereThoseWhoRemainCannotBeRead(String remaining) {
    var headers = RecordHeaders.empty().set(RecordHeaders.REMAINING_RECIPIENTS, remaining);

    assertThatExceptionOfType(UnreadableRecordException.class).isThrownBy(() -> queued(headers));
  }

  private static NextStep after(
      RecordHeaders headers, Instant now, Fault fault, Status... statuses) {
    try {
      QueuedMail mail = queued(headers);
      List<RecipientResult> results =
          IntStream.range(0, statuses.length)
              .mapToObj(i ->
                  new RecipientResult(
                      mail.recipients().get(i), statuses[i], reply(statuses[i]), null))
              .toList();
      return NextStep.of(
          mail, new AttemptResult(fault, results), SCHEDULE, mail.ageFrom(), now, 0.5);
    } catch (UnreadableRecordException e) {
      throw new IllegalStateException(e);
    }
  }

  private static SmtpReply reply(Status status) {
    return switch (status) {
      case DELIVERED -> new SmtpReply(250, "2.1.5", "taken");
      case DEFERRED -> new SmtpReply(451, "4.7.1", "later");
      case FAILED -> new SmtpReply(550, "5.1.1", "unknown");
    };
  }

  private static QueuedMail queued(RecordHeaders headers) throws UnreadableRecordException {
    return QueuedMail.read(
        new ConsumerRecord<>(
            "mail.approved.v1",
            0,
            7,
            0,
            TimestampType.CREATE_TIME,
            0,
            0,
            "key".getBytes(UTF_8),
            EventJson.write(Examples.sendRequested()),
            headers.toKafka(),
            Optional.empty()));
  }
}
