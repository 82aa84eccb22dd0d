package io.tallypost.audit.log;

import static io.tallypost.audit.log.Lives.decided;
import static io.tallypost.audit.log.Lives.deferred;
import static io.tallypost.audit.log.Lives.delivered;
import static io.tallypost.audit.log.Lives.failed;
import static io.tallypost.audit.log.Lives.greylisted;
import static io.tallypost.audit.log.Lives.posted;
import static io.tallypost.audit.log.Lives.refused;
import static io.tallypost.audit.log.Lives.took;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.MAIL;
import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.tallypost.audit.timeline.Fact;
import io.tallypost.audit.timeline.MessageState;
import io.tallypost.audit.timeline.MessageStatus;
import io.tallypost.audit.timeline.RecipientState;
import io.tallypost.audit.timeline.TimelineEntry;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.Event;
import io.tallypost.events.Examples;
import io.tallypost.events.OperatorAction;
import io.tallypost.events.QuotaDecided.Verdict;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.MessageId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MessageStateTest {
  private final MessageId id = MessageId.next(NOON);
  private final SendRequested request = posted(id, NOON, MAIL);
  private final Event approved = decided(request, Verdict.APPROVED);

  @Test
  void isQueuedThenApprovedThenDeferredThenDelivered() {
    var first = deferred(request, 0, 1, true, took(BOB), greylisted(CAROL));
    var second = delivered(request, 0, 2, took(CAROL));

    assertThat(status(request)).isEqualTo(MessageStatus.QUEUED);
    assertThat(status(request, approved)).isEqualTo(MessageStatus.APPROVED);
    assertThat(status(request, approved, first)).isEqualTo(MessageStatus.DEFERRED);
    assertThat(status(request, approved, first, second)).isEqualTo(MessageStatus.DELIVERED);
  }

  @Test
  void namesThePolicyThatRejected() {
    var state = state(request, decided(request, Verdict.REJECTED));

    assertThat(state.status()).isEqualTo(MessageStatus.REJECTED);
    assertThat(state.rejectedBy()).containsExactly("key_day");
    assertThat(state.recipients())
        .extracting(RecipientState::address, RecipientState::status, RecipientState::error)
        .containsExactly(
            tuple(BOB.value(), MessageStatus.REJECTED, "rejected by key_day"),
            tuple(CAROL.value(), MessageStatus.REJECTED, "rejected by key_day"));
  }

  @Test
  void isPartiallyDeliveredWhereSomeHaveItAndSomeNeverWill() {
    var state =
        state(
            request,
            approved,
            failed(request, 0, 1, Category.PERMANENT, List.of(CAROL), took(BOB), refused(CAROL)));

    assertThat(state.status()).isEqualTo(MessageStatus.PARTIALLY_DELIVERED);
    assertThat(state.recipients())
        .extracting(RecipientState::status, RecipientState::smtpCode, RecipientState::kind)
        .containsExactly(
            tuple(MessageStatus.DELIVERED, 250, Fact.Kind.TO),
            tuple(MessageStatus.FAILED, 550, Fact.Kind.CC));
  }

  @Test
  void isFailedWhereNobodyHasIt() {
    var state =
        state(
            request,
            failed(
                request,
                0,
                1,
                Category.PERMANENT,
                List.of(BOB, CAROL),
                refused(BOB),
                refused(CAROL)));

    assertThat(state.status()).isEqualTo(MessageStatus.FAILED);
  }

  @Test
  void keepsTheReplyThatRefusedARecipientInAnEarlierAttempt() {
    var state =
        state(
            request,
            deferred(request, 0, 1, true, refused(BOB), greylisted(CAROL)),
            failed(request, 0, 2, Category.EXHAUSTED, List.of(BOB, CAROL), greylisted(CAROL)));

    assertThat(state.status()).isEqualTo(MessageStatus.FAILED);
    assertThat(state.recipients())
        .extracting(RecipientState::status, RecipientState::smtpCode, RecipientState::attempt)
        .containsExactly(tuple(MessageStatus.FAILED, 550, 1), tuple(MessageStatus.FAILED, 451, 2));
  }

  @Test
  void sparesMailThatWasParkedUntilItsEndItsLastReply() {
    var state =
        state(
            request,
            deferred(request, 0, 1, true, took(BOB), greylisted(CAROL)),
            failed(request, 0, 2, Category.EXHAUSTED, List.of(CAROL)));

    var carol = state.recipients().getLast();
    assertThat(carol.status()).isEqualTo(MessageStatus.FAILED);
    assertThat(carol.smtpCode()).isEqualTo(451);
    assertThat(carol.error()).isEqualTo("refused by the relay");
  }

  /** The shortest form of an outcome that is too large for its topic. */
  @Test
  void takesNobodyForServedWhereAFailureNamesNobody() {
    var nothingKnown = failed(request, 0, 2, Category.POISON, List.of());

    var untold = state(request, approved, nothingKnown);
    assertThat(untold.status()).isEqualTo(MessageStatus.FAILED);
    assertThat(untold.recipients())
        .extracting(RecipientState::status, RecipientState::error)
        .containsExactly(
            tuple(MessageStatus.FAILED, "refused by the relay"),
            tuple(MessageStatus.FAILED, "refused by the relay"));

    var first = deferred(request, 0, 1, true, took(BOB), greylisted(CAROL));
    var partly = state(request, approved, first, nothingKnown);
    assertThat(partly.status()).isEqualTo(MessageStatus.PARTIALLY_DELIVERED);
    assertThat(partly.recipients())
        .extracting(RecipientState::status)
        .containsExactly(MessageStatus.DELIVERED, MessageStatus.FAILED);
  }

  /** The form before that one: it has no results. */
  @Test
  void takesThoseAloneForFailedWhomAFailureWithoutResultsNames() {
    var state = state(request, approved, failed(request, 0, 1, Category.POISON, List.of(CAROL)));

    assertThat(state.status()).isEqualTo(MessageStatus.PARTIALLY_DELIVERED);
    assertThat(state.recipients())
        .extracting(RecipientState::status)
        .containsExactly(MessageStatus.DELIVERED, MessageStatus.FAILED);
  }

  @Test
  void countsEverybodyAsServedOnceTheMessageIsDelivered() {
    var state = state(request, approved, delivered(request, 0, 2, took(CAROL)));

    assertThat(state.recipients())
        .extracting(RecipientState::status)
        .containsExactly(MessageStatus.DELIVERED, MessageStatus.DELIVERED);
  }

  @Test
  void isDeliveredAfterAReplayThatReachedTheRest() {
    var state =
        state(
            request,
            failed(request, 0, 1, Category.PERMANENT, List.of(CAROL), took(BOB), refused(CAROL)),
            delivered(request, 1, 1, took(CAROL)));

    assertThat(state.status()).isEqualTo(MessageStatus.DELIVERED);
    assertThat(state.replayCount()).isEqualTo(1);
  }

  @Test
  void isDeferredWhileItIsParked() {
    var state = state(request, approved, deferred(request, 0, 0, false));

    assertThat(state.status()).isEqualTo(MessageStatus.DEFERRED);
    assertThat(state.dueAt()).isEqualTo(NOON.plusSeconds(30));
    assertThat(state.recipients())
        .extracting(RecipientState::status)
        .containsOnly(MessageStatus.DEFERRED);
  }

  @Test
  void isShownBeforeItsRequestHasBeenRead() {
    var decision = state(approved);
    var outcome = state(delivered(request, 0, 1, took(BOB), took(CAROL)));

    assertThat(decision.status()).isEqualTo(MessageStatus.APPROVED);
    assertThat(decision.recipients()).isEmpty();
    assertThat(outcome.status()).isEqualTo(MessageStatus.DELIVERED);
    assertThat(outcome.recipients())
        .extracting(RecipientState::address)
        .containsExactly(BOB.value(), CAROL.value());
  }

  @Test
  void belongsToTheFirstSubmissionUntilAnotherIsApproved() {
    var other = posted(id, NOON.plusSeconds(60), Examples.mailTo(Lives.DAVE));
    var rejected = decided(request, Verdict.REJECTED);

    assertThat(state(request, other).owner().submissionId())
        .isEqualTo(request.context().submissionId());
    assertThat(state(request, rejected, other).status()).isEqualTo(MessageStatus.REJECTED);
    var approvedAnew = state(request, rejected, other, decided(other, Verdict.APPROVED));
    assertThat(approvedAnew.status()).isEqualTo(MessageStatus.APPROVED);
    assertThat(approvedAnew.recipients())
        .extracting(RecipientState::address)
        .containsExactly(Lives.DAVE.value());
  }

  @Test
  void isLeftAloneByRepeatsAndReusedKeys() {
    var repeat = posted(id, NOON.minusSeconds(1), Examples.mailTo(Lives.DAVE));

    for (Verdict verdict : List.of(Verdict.REPLAYED, Verdict.KEY_REUSED)) {
      assertThat(state(repeat, decided(repeat, verdict), request, approved))
          .usingRecursiveComparison()
          .ignoringFields("request.offset")
          .isEqualTo(state(request, approved));
      assertThat(state(repeat, decided(repeat, verdict)).status()).isNull();
    }
  }

  /** Its own verdict may have been lost: then somebody must miss it. */
  @Test
  void isNotHiddenByARepeatBehindIt() {
    var repeat = posted(id, NOON.plusSeconds(60), MAIL);
    var repeated = decided(repeat, Verdict.REPLAYED);

    assertThat(state(request, repeat, repeated).status()).isEqualTo(MessageStatus.QUEUED);
    assertThat(state(request, decided(request, Verdict.REJECTED), repeat, repeated).status())
        .isEqualTo(MessageStatus.REJECTED);
    assertThat(state(request, repeat, repeated, approved).status())
        .isEqualTo(MessageStatus.APPROVED);
  }

  /** What is undecided behind a repeat is another one: its mail is the approved one's. */
  @Test
  void isAnotherDaysWhereItsFirstSubmissionIsARepeat() {
    var repeat = posted(id, NOON.minusSeconds(60), MAIL);

    assertThat(state(repeat, decided(repeat, Verdict.KEY_REUSED), request).status()).isNull();
  }

  @Test
  void isOnItsWayAgainAfterAReplayForThoseWhoAreMeant() {
    var failed =
        failed(
            request, 0, 2, Category.PERMANENT, List.of(BOB, CAROL), refused(BOB), refused(CAROL));
    var state = after(List.of(Lives.replayed(request, 1, CAROL)), request, approved, failed);

    assertThat(state.status()).isEqualTo(MessageStatus.APPROVED);
    assertThat(state.replayCount()).isEqualTo(1);
    assertThat(state.recipients())
        .extracting(RecipientState::status)
        .containsExactly(MessageStatus.FAILED, MessageStatus.APPROVED);
  }

  @Test
  void isPartiallyDeliveredAfterAReplayForSome() {
    var state =
        after(
            List.of(Lives.replayed(request, 1, CAROL)),
            request,
            failed(
                request,
                0,
                1,
                Category.PERMANENT,
                List.of(BOB, CAROL),
                refused(BOB),
                refused(CAROL)),
            delivered(request, 1, 1, took(CAROL)));

    assertThat(state.status()).isEqualTo(MessageStatus.PARTIALLY_DELIVERED);
  }

  @Test
  void isOnItsWayAgainAfterARedriveAndWaitsForNothing() {
    var deferred = deferred(request, 0, 1, true, took(BOB), greylisted(CAROL));
    var state =
        after(List.of(Lives.redriven(request, Topics.APPROVED, 0, 1)), request, approved, deferred);

    assertThat(state.status()).isEqualTo(MessageStatus.APPROVED);
    assertThat(state.dueAt()).isNull();
    assertThat(state.recipients())
        .extracting(RecipientState::status)
        .containsExactly(MessageStatus.DELIVERED, MessageStatus.APPROVED);
    assertThat(
            after(
                    List.of(Lives.redriven(request, Topics.APPROVED, 0, 1)),
                    request,
                    deferred,
                    delivered(request, 0, 2, took(CAROL)))
                .status())
        .isEqualTo(MessageStatus.DELIVERED);
  }

  @Test
  void isStillUndecidedAfterItsRedriveToQuota() {
    var redriven = List.<OperatorAction>of(Lives.redriven(request, Topics.REQUESTS, 0, 0));

    assertThat(after(redriven, request).status()).isEqualTo(MessageStatus.QUEUED);
    assertThat(after(redriven, request, decided(request, Verdict.REJECTED)).status())
        .isEqualTo(MessageStatus.REJECTED);
  }

  @Test
  void staysAsItIsWhenItsLetterIsDiscarded() {
    var failed = failed(request, 0, 2, Category.PERMANENT, List.of(BOB, CAROL), refused(CAROL));

    assertThat(after(List.of(Lives.discarded(request, 0, 2)), request, approved, failed))
        .isEqualTo(state(request, approved, failed));
  }

  private static MessageState after(List<? extends OperatorAction> actions, Event... events) {
    List<TimelineEntry> entries = new ArrayList<>(Wire.entries(events));
    actions.forEach(action -> entries.add(Wire.entry(action, entries.size())));
    return MessageState.of(entries);
  }

  private static MessageState state(Event... events) {
    return MessageState.of(Wire.entries(events));
  }

  private static @Nullable MessageStatus status(Event... events) {
    return state(events).status();
  }
}
