package io.tallypost.audit.replay;

import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works on one job at a time that nobody else works on: a new one, a resumed one, or that of a
 * process that is gone. While Kafka or PostgreSQL is away the job waits, and goes on where it was.
 * Any other failure ends the runner, as every loop; but its job is paused before, or it would end
 * each process that takes it up.
 */
final class ReplayRunner implements Looping {
  private static final Logger log = LoggerFactory.getLogger(ReplayRunner.class);
  private static final Duration LOOK = Duration.ofMillis(500);

  /** For the chunk under way. */
  private static final Duration DRAIN = Duration.ofSeconds(10);

  private static final Predicate<Exception> AWAY = Away.KAFKA.or(Away.DATABASE);

  private final ReplayJobs jobs;
  private final BiFunction<UUID, UUID, ReplayRun> runs;
  private final Semaphore looking;
  private final Loop loop;

  /** The job that it has, also while what it needs is away: no other runner would fare better. */
  private @Nullable Lease leased;

  private record Lease(UUID job, UUID runner) {}

  /**
   * A runner, not started yet.
   *
   * @param runs makes the run of a job and of who has leased it
   * @param looking one permit for all runners of the process, so that one of those without a job
   *     looks for the next
   * @param retryAfter the pause after Kafka or PostgreSQL failed
   */
  ReplayRunner(
      String name,
      ReplayJobs jobs,
      BiFunction<UUID, UUID, ReplayRun> runs,
      Semaphore looking,
      Duration retryAfter) {
    this.jobs = jobs;
    this.runs = runs;
    this.looking = looking;
    this.loop =
        new Loop(
            name,
            LoopPolicy.waitingFor(AWAY).pausing(retryAfter, retryAfter).draining(DRAIN),
            this::workOnOne);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  private void workOnOne(Loop loop) throws InterruptedException {
    if (leased == null) {
      leased = lease();
    }
    if (leased != null) {
      work(leased);
      leased = null;
    }
  }

  private @Nullable Lease lease() throws InterruptedException {
    if (!looking.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
      return null;
    }
    try {
      var runner = UUID.randomUUID();
      Optional<ReplayJob> job = jobs.lease(runner);
      loop.well();
      if (job.isEmpty()) {
        loop.pause(LOOK);
      }
      return job.map(found -> new Lease(found.id(), runner)).orElse(null);
    } finally {
      looking.release();
    }
  }

  private void work(Lease lease) throws InterruptedException {
    try (var run = runs.apply(lease.job(), lease.runner())) {
      run.open();
      boolean more = true;
      while (more && !loop.isStopping()) {
        Optional<Duration> pace = run.step();
        loop.well();
        more = pace.isPresent();
        loop.pause(pace.orElse(Duration.ZERO));
      }
      jobs.giveBack(lease.job(), lease.runner());
    } catch (ReplayJobs.LostLeaseException e) {
      log.atInfo()
          .addKeyValue("job_id", lease.job())
          .log("another process has taken the replay over");
    } catch (InterruptException e) {
      throw e;
    } catch (RuntimeException e) {
      if (!AWAY.test(e)) {
        setAside(lease, e);
      }
      throw e;
    }
  }

  private void setAside(Lease lease, RuntimeException fault) {
    log.atError().addKeyValue("job_id", lease.job()).log("replay paused by a fault of ours");
    try {
      jobs.setAside(lease.job(), lease.runner());
    } catch (RuntimeException e) {
      fault.addSuppressed(e);
    }
  }
}
