package io.tallypost.delivery.consume;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.SmartLifecycle;

/**
 * A thread that works on Kafka while the process runs. After trouble with Kafka it starts again
 * with new clients; anything else ends it, and liveness with it.
 */
abstract class LoopThread implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(LoopThread.class);
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final String name;
  private final CountDownLatch stop = new CountDownLatch(1);
  private volatile boolean joined;
  private volatile @Nullable Thread thread;

  LoopThread(String name) {
    this.name = name;
  }

  /** Works until {@link #isStopping()}, with clients that it opens and closes. */
  abstract void work();

  /** The loop is a member of its group. */
  final void joined() {
    joined = true;
  }

  final boolean isStopping() {
    return stop.getCount() == 0;
  }

  @Override
  public void start() {
    thread = Thread.ofPlatform().name(name).start(this::run);
  }

  private void run() {
    while (!isStopping()) {
      try {
        work();
      } catch (KafkaException e) {
        log.atError().addKeyValue("loop", name).setCause(e).log("consumer failed, opening another");
        pause();
      } catch (RuntimeException e) {
        log.atError().addKeyValue("loop", name).setCause(e).log("consumer thread ends");
        throw e;
      }
    }
  }

  /** Waits a moment; shorter if it is told to stop. */
  final void pause() {
    try {
      // The loop itself checks whether it was told to stop.
      var ignored = stop.await(PAUSE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void stop() {
    stop.countDown();
    Thread running = thread;
    if (running != null) {
      try {
        running.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void stop(Runnable callback) {
    stop.countDown();
    Thread.ofVirtual()
        .start(() -> {
          stop();
          callback.run();
        });
  }

  @Override
  public boolean isRunning() {
    return thread != null && !(isStopping() && !isAlive());
  }

  private boolean isAlive() {
    Thread running = thread;
    return running != null && running.isAlive();
  }

  /** Down when the thread has died; Kafka's absence is no reason. */
  HealthIndicator liveness() {
    return () -> (isAlive() || isStopping() ? Health.up() : Health.down()).build();
  }

  /** Up once it has joined the group, with or without partitions, whether or not Kafka answers. */
  HealthIndicator readiness() {
    return () -> (joined && !isStopping() ? Health.up() : Health.outOfService()).build();
  }
}
