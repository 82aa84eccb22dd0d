package io.tallypost.audit.replay;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.BadSqlGrammarException;

class ReplayRunnerTest {
  private final Replaying replaying = Replaying.of(30);
  private final Semaphore looking = new Semaphore(1);
  private final ReplayRunner runner = runner("replay-runner-1");
  private final ReplayRunner other = runner("replay-runner-2");

  private ReplayRunner runner(String name) {
    return new ReplayRunner(name, replaying.jobs, replaying::run, looking, Duration.ofMillis(5));
  }

  @AfterEach
  void stop() {
    runner.stop();
    other.stop();
  }

  private static ConditionFactory soon() {
    return await().pollInterval(Duration.ofMillis(5));
  }

  @Test
  void twoDoAJobOnce() {
    runner.start();
    other.start();

    soon().until(replaying.jobs::isFinished);

    assertThat(replaying.mails()).isEqualTo(replaying.keys);
  }

  static Stream<RuntimeException> away() {
    return Stream.of(
        new KafkaException("broker away"), new DataAccessResourceFailureException("database away"));
  }

  @ParameterizedTest
  @MethodSource("away")
  void waitsForWhatIsAwayAndThenGoesOn(RuntimeException failure) {
    replaying.kafka.failWith(failure, failure, failure);

    runner.start();

    soon().until(replaying.jobs::isFinished);
    assertThat(replaying.mails()).isEqualTo(replaying.keys);
    assertThat(runner.loop().isAlive()).isTrue();
  }

  static Stream<RuntimeException> faults() {
    return Stream.of(
        new IllegalStateException("a fault of ours"),
        new BadSqlGrammarException("claimed", "SELEC", new SQLException()));
  }

  /** Else each process that takes it up would end by it. */
  @ParameterizedTest
  @MethodSource("faults")
  void pausesAJobThatAFaultOfOursEndsAndEndsLiveness(RuntimeException fault) {
    replaying.letters.failWith(fault);

    runner.start();

    soon().until(() -> !runner.loop().isAlive());
    assertThat(replaying.jobs.state()).isEqualTo(ReplayState.PAUSED);
    assertThat(replaying.jobs.isLeased()).isFalse();
    assertThat(replaying.mails()).isEmpty();

    replaying.letters.failWith(null);
    replaying.jobs.become(ReplayState.RUNNING);
    other.start();

    soon().until(replaying.jobs::isFinished);
    assertThat(replaying.mails()).isEqualTo(replaying.keys);
  }

  /** That is nobody's fault: its successor takes the job when the lease has ended. */
  @Test
  void pausesNoJobBecauseItWasInterrupted() {
    replaying.kafka.failWith(new InterruptException("interrupted"));

    runner.start();

    soon().until(() -> !runner.loop().isAlive());
    assertThat(replaying.jobs.state()).isEqualTo(ReplayState.RUNNING);
  }

  @Test
  void givesAnUnfinishedJobBackWhenItStops() {
    // A letter each second.
    replaying.jobs.atRate(1);
    runner.start();
    soon().until(() -> replaying.mails().size() == 1);

    runner.stop();

    assertThat(runner.isRunning()).isFalse();
    assertThat(replaying.jobs.isLeased()).isFalse();
    assertThat(replaying.mails()).isEqualTo(replaying.keys.subList(0, 1));
    assertThat(replaying.jobs.progress()).isEqualTo(1);
  }

  @Test
  void leavesAPausedJobAlone() {
    replaying.jobs.become(ReplayState.PAUSED);
    runner.start();
    other.start();

    await()
        .during(Duration.ofMillis(50))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> replaying.mails().isEmpty() && !replaying.jobs.isLeased());
  }
}
