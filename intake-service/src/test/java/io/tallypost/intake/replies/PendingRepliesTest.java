package io.tallypost.intake.replies;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Examples;
import io.tallypost.events.QuotaDecided;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.SubmissionId;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PendingRepliesTest {
  private final PendingReplies<SubmissionId, QuotaDecided> verdicts =
      new PendingReplies<>(decision -> decision.context().submissionId());
  private final QuotaDecided decision = Examples.approved(Examples.sendRequested());

  @Test
  void hearsAVerdictThatCameBeforeItWasWaitedFor() {
    try (var pending = verdicts.expect(Examples.SUBMISSION_ID)) {
      verdicts.complete(decision);

      assertThat(pending.await(Duration.ofSeconds(5))).contains(decision);
    }
  }

  @Test
  void hearsAVerdictThatComesWhileItIsWaitedFor() throws InterruptedException {
    try (var pending = verdicts.expect(Examples.SUBMISSION_ID)) {
      Thread quota = Thread.ofVirtual().start(() -> verdicts.complete(decision));

      assertThat(pending.await(Duration.ofSeconds(5))).contains(decision);
      quota.join();
    }
  }

  @Test
  void givesUpAfterTheTime() {
    try (var pending = verdicts.expect(Examples.SUBMISSION_ID)) {
      assertThat(pending.await(Duration.ZERO)).isEmpty();
    }
  }

  @Test
  void takesTheFirstOfTwoVerdicts() {
    var again =
        Examples.approved(
            Examples.sendRequested(
                MessageId.next(Examples.NOON), Examples.SUBMISSION_ID, Examples.MAIL, 10));
    try (var pending = verdicts.expect(Examples.SUBMISSION_ID)) {
      verdicts.complete(decision);
      verdicts.complete(again);

      assertThat(pending.await(Duration.ZERO)).contains(decision);
    }
  }

  @Test
  void leavesVerdictsToOthersAloneAndKeepsNothing() {
    try (var pending = verdicts.expect(SubmissionId.next(Examples.NOON))) {
      verdicts.complete(decision);

      assertThat(pending.await(Duration.ZERO)).isEmpty();
    }
    assertThat(verdicts.size()).isZero();
  }
}
