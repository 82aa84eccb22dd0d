package io.tallypost.kit.loop;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.transaction.CannotCreateTransactionException;

@ExtendWith(OutputCaptureExtension.class)
class LoopTest {
  private static final LoopPolicy POLICY =
      LoopPolicy.waitingFor(Away.KAFKA.or(Away.DATABASE))
          .pausing(Duration.ofMillis(5), Duration.ofMillis(20))
          .draining(Duration.ofMillis(200));

  private final AtomicInteger runs = new AtomicInteger();
  private Loop loop = new Loop("test-loop", POLICY, _ -> {});

  private Loop start(Loop.Work work) {
    loop = new Loop("test-loop", POLICY, work);
    loop.start();
    return loop;
  }

  @AfterEach
  void stop() {
    loop.stop();
  }

  static Stream<Exception> away() {
    return Stream.of(
        new KafkaException("broker away"),
        new TimeoutException(),
        new ExecutionException(new KafkaException("broker away")),
        new DataAccessResourceFailureException("database away"),
        new DuplicateKeyException("taken by somebody else"),
        new CannotCreateTransactionException("database away"));
  }

  @ParameterizedTest
  @MethodSource("away")
  void waitsForWhatIsAway(Exception failure) {
    start(_ -> {
      runs.incrementAndGet();
      throw failure;
    });

    await().until(() -> runs.get() > 3);
    assertThat(loop.isAlive()).isTrue();
    loop.stop();
    assertThat(loop.isRunning()).isFalse();
  }

  static Stream<Exception> faults() {
    return Stream.of(
        new IllegalStateException("a fault of ours"),
        new BadSqlGrammarException("read", "SELEC", new SQLException()),
        new SerializationException("a fault of ours"),
        new ConfigException("a fault of ours"),
        new ExecutionException(new IllegalStateException("a fault of ours")),
        new InterruptedException(),
        new InterruptException("interrupted"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void diesOfAnythingElse(Exception failure) {
    start(_ -> {
      runs.incrementAndGet();
      throw failure;
    });

    await().until(() -> !loop.isAlive());
    assertThat(runs).hasValue(1);
  }

  @Test
  void diesOfAnError() {
    start(_ -> {
      throw new StackOverflowError();
    });

    await().until(() -> !loop.isAlive());
  }

  @Test
  void diesOfAnInterruptThatNobodyAskedFor() {
    start(loop -> {
      Thread.currentThread().interrupt();
      loop.pause(Duration.ofMinutes(1));
    });

    await().until(() -> !loop.isAlive());
  }

  @Test
  void endsAtOnceWhereItPauses() {
    start(loop -> {
      runs.incrementAndGet();
      loop.pause(Duration.ofMinutes(10));
    });
    await().until(() -> runs.get() == 1);

    loop.stop();

    assertThat(loop.isRunning()).isFalse();
    assertThat(loop.isAlive()).isTrue();
  }

  @Test
  void startsAgainAfterItsStop() {
    start(loop -> {
      runs.incrementAndGet();
      loop.pause(Duration.ofMinutes(10));
    });
    await().until(() -> runs.get() == 1);
    loop.stop();

    loop.start();

    await().until(() -> runs.get() == 2);
    assertThat(loop.isRunning()).isTrue();
  }

  @Test
  void tellsTheWorkThatItStops() {
    var told = new AtomicBoolean();
    start(loop -> {
      loop.onStop(() -> told.set(true));
      runs.incrementAndGet();
      loop.pause(Duration.ofMinutes(10));
    });
    await().until(() -> runs.get() == 1);

    loop.stop();

    assertThat(told).isTrue();
  }

  @Test
  void breaksOffWhatDoesNotEndInTime() {
    var overdue = new AtomicBoolean();
    var brokenOff = new AtomicBoolean();
    start(_ -> {
      runs.incrementAndGet();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        brokenOff.set(true);
        throw e;
      }
    });
    loop.onUnfinished(() -> overdue.set(true));
    await().until(() -> runs.get() == 1);

    loop.stop();

    assertThat(overdue).isTrue();
    await().untilTrue(brokenOff);
  }

  @Test
  void tellsOfWorkThatFailedWhileItWasStopping() {
    var unfinished = new AtomicBoolean();
    start(loop -> {
      runs.incrementAndGet();
      loop.pause(Duration.ofMinutes(10));
      throw new KafkaException("the last commit failed");
    });
    loop.onUnfinished(() -> unfinished.set(true));
    await().until(() -> runs.get() == 1);

    loop.stop();

    assertThat(unfinished).isTrue();
  }

  @Test
  void doesNotStartBesideItself() {
    start(loop -> {
      runs.incrementAndGet();
      loop.pause(Duration.ofMinutes(10));
    });
    await().until(() -> runs.get() == 1);

    assertThatIllegalStateException().isThrownBy(loop::start);
    assertThat(runs).hasValue(1);
  }

  /** A task that fails is no more often done than one that does not. */
  @Test
  void doesAFailedTaskAtItsTime() {
    loop =
        Loop.every(
            Duration.ofMinutes(10),
            "test-loop",
            Away.DATABASE,
            () -> {
              runs.incrementAndGet();
              throw new DataAccessResourceFailureException("database away");
            });
    loop.start();
    await().until(() -> runs.get() == 1);

    loop.wake();

    await().until(() -> runs.get() == 2);
    assertThat(loop.isAlive()).isTrue();
  }

  @Test
  void saysItAgainWhenSomethingElseIsAway(CapturedOutput output) {
    start(_ -> {
      if (runs.incrementAndGet() < 10) {
        throw new KafkaException("no broker");
      }
      throw new SaslAuthenticationException("no login");
    });

    await().until(() -> runs.get() > 20);

    assertThat(output.getOut().split("is away, trying again", -1)).hasSize(3);
    assertThat(output).contains("no broker").contains("no login");
  }

  @Test
  void isWellWhenItIsDone() {
    start(loop -> {
      runs.incrementAndGet();
      loop.done();
    });

    await().until(() -> runs.get() == 1);
    assertThat(loop.isAlive()).isTrue();
  }

  @Test
  void doesATaskAgainAndAgain() {
    loop = Loop.every(Duration.ofMillis(1), "test-loop", Away.KAFKA, runs::incrementAndGet);
    loop.start();

    await().until(() -> runs.get() > 3);
  }

  @Test
  void isWokenFromItsPause() {
    start(loop -> {
      runs.incrementAndGet();
      loop.pause(Duration.ofMinutes(10));
    });
    await().until(() -> runs.get() == 1);

    loop.wake();

    await().until(() -> runs.get() == 2);
  }

  @ParameterizedTest
  @CsvSource({"1, 500", "2, 1000", "4, 4000", "5, 5000", "1000000, 5000"})
  void pausesLongerEachTime(int failures, long millis) {
    assertThat(LoopPolicy.waitingFor(Away.KAFKA).pause(failures))
        .isEqualTo(Duration.ofMillis(millis));
  }
}
