package io.tallypost.delivery.consume;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Mail that is finished while nobody has its partition or before its commit was taken, and mail
 * whose attempts fail for a reason that nobody foresaw.
 */
@Timeout(60)
class ConsumeLoopIT extends RunningLoops {
  @Test
  void sendsNoCopyOfWhatIsFinishedAfterTheConsumerDied() throws Exception {
    put();
    CompletableFuture<Void> first = run("100ms");
    await().until(() -> work.begun.size() == 1);
    dying = true;
    await().until(first::isCompletedExceptionally);

    letGo();
    dying = false;
    CompletableFuture<Void> second = run("100ms");

    await().until(() -> committed() == 1);
    assertThat(work.begun).containsExactly(0L);
    stop(second);
  }

  @Test
  void sendsNoCopyOfWhatIsFinishedWhileItsPartitionIsLost() throws Exception {
    put();
    CompletableFuture<Void> loop = run("100ms");
    await().until(() -> work.begun.size() == 1);

    loseItsPartition();

    await().until(() -> committed() == 1);
    assertThat(losing).as("the partition was lost").isFalse();
    assertThat(work.begun).containsExactly(0L);
    stop(loop);
  }

  @Test
  void sendsNoCopyOfWhatWasFinishedSinceTheLastCommit() throws Exception {
    letGo();
    put();
    CompletableFuture<Void> loop = run("1h");
    await().until(() -> work.begun.size() == 1 && window.inFlight() == 0);

    loseItsPartition();
    await().until(() -> !losing);
    put();

    await().until(() -> work.begun.contains(1L));
    assertThat(work.begun).containsExactly(0L, 1L);
    stop(loop);
    assertThat(committed()).isEqualTo(2);
  }

  @Test
  void sendsNoCopyWhereAnAttemptFailsUnexpectedlyAfterTheRelayTookTheMail() throws Exception {
    work.failsAfterTheDot = true;
    letGo();
    put();
    CompletableFuture<Void> loop = run("100ms");

    await().until(() -> committed() == 1);
    assertThat(work.begun).containsExactly(0L);
    assertThat(work.givenUp).containsExactly(0L);
    assertThat(work.maybeSent).isTrue();
    stop(loop);
  }

  @Test
  void sendsNoCopyWhereThatIsWhileItsPartitionIsLost() throws Exception {
    work.failsAfterTheDot = true;
    put();
    CompletableFuture<Void> loop = run("100ms");
    await().until(() -> work.begun.size() == 1);

    loseItsPartition();

    await().until(() -> committed() == 1);
    assertThat(losing).as("the partition was lost").isFalse();
    assertThat(work.begun).containsExactly(0L);
    assertThat(work.givenUp).containsExactly(0L);
    assertThat(work.maybeSent).isTrue();
    stop(loop);
  }

  @Test
  void endsAMailWhoseAttemptsAllFailUnexpectedly() throws Exception {
    work.fails = true;
    letGo();
    put();
    CompletableFuture<Void> loop = run("100ms");

    await().until(() -> committed() == 1);
    assertThat(work.begun).hasSize(5).containsOnly(0L);
    assertThat(work.givenUp).containsExactly(0L);
    assertThat(work.maybeSent).isFalse();
    stop(loop);
  }

  /** The consumer's position is beyond the record, and nobody has it. */
  @Test
  void commitsNothingAfterAnErrorBetweenAPollAndTheNoteOfItsRecords() throws Exception {
    letGo();
    breaking = true;
    CompletableFuture<Void> loop = run("1h");
    put();

    assertThatThrownBy(loop::join).hasCauseInstanceOf(OutOfMemoryError.class);

    assertThat(committed()).isEqualTo(-1);
    breaking = false;
    CompletableFuture<Void> next = run("100ms");
    await().until(() -> committed() == 1);
    assertThat(work.begun).containsExactly(0L);
    stop(next);
  }

  /** Compressed they are small, and come with one fetch. */
  @Test
  void takesNoMoreLargeMailThanItHasMemoryFor() throws Exception {
    byte[] large = new byte[4 << 20];
    for (int i = 0; i < 32; i++) {
      put(large);
    }
    CompletableFuture<Void> loop = run("100ms");

    await().until(() -> work.begun.size() == 1);
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(5))
        .until(() -> polledBytes.get() <= 4L * large.length);

    work.open();
    await().until(() -> committed() == 32);
    stop(loop);
  }
}
