package io.tallypost.audit.replay;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.deadletter.Letters;
import io.tallypost.audit.operator.OperatorKafka;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Looks for jobs that nobody works on, and works on them: new ones, resumed ones, and those of a
 * process that is gone. While Kafka or PostgreSQL fails a job waits, and goes on where it was.
 */
@Component
class ReplayRunner implements Looping {
  private static final Logger log = LoggerFactory.getLogger(ReplayRunner.class);
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final int MOST_AT_ONCE = 4;

  private final ReplayJobs jobs;
  private final Letters letters;
  private final ReplayRecords records;
  private final OperatorKafka kafka;
  private final ReplayMetrics metrics;
  private final AuditSettings settings;
  private final InstantSource clock;
  private volatile CountDownLatch stopped = new CountDownLatch(1);
  private final Set<Thread> working = ConcurrentHashMap.newKeySet();
  private final Loop loop;

  ReplayRunner(
      ReplayJobs jobs,
      Letters letters,
      ReplayRecords records,
      OperatorKafka kafka,
      ReplayMetrics metrics,
      AuditSettings settings,
      InstantSource clock) {
    this.jobs = jobs;
    this.letters = letters;
    this.records = records;
    this.kafka = kafka;
    this.metrics = metrics;
    this.settings = settings;
    this.clock = clock;
    this.loop = Loop.every(LOOK, "replay-runner", Away.DATABASE, this::look);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public void start() {
    stopped = new CountDownLatch(1);
    loop.start();
  }

  /** Returns when the chunks under way are done. */
  @Override
  public void stop() {
    stopped.countDown();
    loop.stop();
    try {
      for (Thread one : working) {
        one.join(Duration.ofSeconds(10));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    boolean more = true;
    while (more && working.size() < MOST_AT_ONCE) {
      more = begin();
    }
  }

  private boolean begin() {
    var runner = UUID.randomUUID();
    Optional<ReplayJob> job = jobs.lease(runner);
    job.ifPresent(leased -> {
      Thread work = Thread.ofPlatform().unstarted(() -> work(leased.id(), runner));
      working.add(work);
      work.setName("replay-" + leased.id());
      work.start();
    });
    return job.isPresent();
  }

  private void work(UUID job, UUID runner) {
    try (var run = run(job, runner)) {
      run.open();
      boolean done = false;
      while (!done) {
        Optional<Duration> pace = run.step();
        done = pace.isEmpty() || pause(pace.get());
      }
      jobs.giveBack(job, runner);
    } catch (ReplayJobs.LostLeaseException e) {
      log.atInfo().addKeyValue("job_id", job).log("another process has taken the replay over");
    } catch (KafkaException | DataAccessException | TransactionException e) {
      log.atWarn()
          .addKeyValue("job_id", job)
          .setCause(e)
          .log("replay interrupted, it goes on soon");
      pause(settings.retryAfter());
      giveUp(job, runner);
    } catch (RuntimeException e) {
      // Not touched until its lease ends, so that a fault of ours does not spin.
      log.atError().addKeyValue("job_id", job).setCause(e).log("replay failed, it is tried again");
    } finally {
      working.remove(Thread.currentThread());
    }
  }

  private void giveUp(UUID job, UUID runner) {
    try {
      jobs.giveBack(job, runner);
    } catch (DataAccessException | TransactionException e) {
      log.atDebug().setCause(e).log("the lease ends by itself");
    }
  }

  private ReplayRun run(UUID job, UUID runner) {
    return new ReplayRun(job, runner, jobs, letters, records, kafka, metrics, clock);
  }

  /** Whether the service is being stopped. */
  private boolean pause(Duration time) {
    try {
      return stopped.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
