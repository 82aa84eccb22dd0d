package io.tallypost.delivery.courier;

import static io.tallypost.delivery.courier.Attempts.AT_MAX_AGE;
import static io.tallypost.delivery.courier.Attempts.SCHEDULE;
import static io.tallypost.delivery.courier.Attempts.after;
import static io.tallypost.delivery.courier.Attempts.queued;
import static io.tallypost.delivery.courier.Attempts.reply;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult;
import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.events.RecordHeaders;
import io.tallypost.mail.SmtpReply;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class NextStepTest {
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
      assertThat(again.stay().rung()).isEqualTo(Duration.ofSeconds(30));
    }
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
}
