package io.tallypost.audit.replay;

import static io.tallypost.events.Examples.JOB_ID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.audit.replay.ReplayRun.Chunk;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.junit.jupiter.api.Test;

/** A job's chunks, and who may go on with them. */
class ReplayRunTest {
  private final Replaying replaying = Replaying.of(6);

  private static void untilDone(ReplayRun run) {
    boolean more = true;
    while (more) {
      more = run.step().isPresent();
    }
  }

  @Test
  void publishesEachLetterAndItsOperationTogetherAndThenRecordsTheProgress() {
    replaying.jobs.atRate(8);
    try (var run = replaying.leased()) {
      run.open();

      assertThat(run.step()).as("two letters, eight a second").contains(Duration.ofMillis(250));

      assertThat(replaying.mails()).isEqualTo(replaying.keys.subList(0, 2));
      assertThat(replaying.operations()).isEqualTo(replaying.mails());
      assertThat(replaying.kafka.commits()).isEqualTo(1);
      assertThat(replaying.jobs.recorded()).containsExactly(new Progress(2, List.of()));

      untilDone(run);
    }
    assertThat(replaying.mails()).isEqualTo(replaying.keys);
    assertThat(replaying.jobs.state()).isEqualTo(ReplayState.DONE);
    assertThat(replaying.kafka.deletedGroups()).containsExactly(ReplayJob.nameOf(JOB_ID));
  }

  @Test
  void goesOnBehindWhatWasPublishedBeforeACrash() {
    replaying.jobs.atRate(8);
    try (var crashed = replaying.leased()) {
      crashed.open();
      crashed.publish(crashed.next(replaying.jobs.job()));
    }
    assertThat(replaying.jobs.progress()).isZero();

    try (var successor = replaying.leased()) {
      successor.open();
      assertThat(replaying.jobs.progress()).isEqualTo(2);
      untilDone(successor);
    }

    assertThat(replaying.mails()).isEqualTo(replaying.keys);
  }

  @Test
  void repeatsWhatACrashedProcessHadNotCommitted() {
    try (var crashed = replaying.leased()) {
      crashed.open();
      crashed.begin(crashed.next(replaying.jobs.job()));
    }

    try (var successor = replaying.leased()) {
      successor.open();
      untilDone(successor);
    }

    assertThat(replaying.mails()).isEqualTo(replaying.keys);
  }

  @Test
  void shutsAProcessOutThatWasTakenForDead() {
    try (var stalled = replaying.leased()) {
      stalled.open();
      Chunk chunk = stalled.next(replaying.jobs.job());
      try (var successor = replaying.leased()) {
        successor.open();
      }

      assertThatThrownBy(() -> stalled.publish(chunk)).isInstanceOf(ProducerFencedException.class);
      assertThatThrownBy(() -> stalled.record(chunk))
          .isInstanceOf(ReplayJobs.LostLeaseException.class);
    }
    assertThat(replaying.mails()).isEmpty();
  }

  @Test
  void publishesNothingForAJobThatSomebodyElseHas() {
    try (var run = replaying.leased()) {
      run.open();
      replaying.jobs.leaseTo(UUID.randomUUID());

      assertThatThrownBy(run::step).isInstanceOf(ReplayJobs.LostLeaseException.class);
    }
    assertThat(replaying.mails()).isEmpty();
  }

  @Test
  void leavesOutWhatKafkaFindsTooLargeAndNothingElse() {
    var three =
        new Replaying(
            Replaying.request("small"),
            Replaying.request("x".repeat(200_000)),
            Replaying.request("small"));
    try (var run = three.leased()) {
      run.open();
      untilDone(run);
    }

    assertThat(three.mails()).containsExactly(three.keys.getFirst(), three.keys.getLast());
    assertThat(three.jobs.recorded().stream().map(Progress::skipped).flatMap(List::stream))
        .containsExactly(2);
    assertThat(three.jobs.state()).isEqualTo(ReplayState.DONE);
  }

  @Test
  void doesNothingForAPausedJobAndEndsACancelledOne() {
    try (var run = replaying.leased()) {
      run.open();
      replaying.jobs.become(ReplayState.PAUSED);

      assertThat(run.step()).isEqualTo(Optional.empty());
      assertThat(replaying.jobs.isFinished()).isFalse();

      replaying.jobs.become(ReplayState.CANCELLED);

      assertThat(run.step()).isEqualTo(Optional.empty());
      assertThat(replaying.jobs.isFinished()).isTrue();
      assertThat(replaying.jobs.state()).isEqualTo(ReplayState.CANCELLED);
    }
    assertThat(replaying.mails()).isEmpty();
  }
}
