package io.tallypost.audit.replay;

import static io.tallypost.events.Examples.ACME_KEY;
import static io.tallypost.events.Examples.JOB_ID;
import static io.tallypost.events.Examples.NOON;

import io.tallypost.audit.operator.AdminLog;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** One job, in memory, with the rules of its lease: only who has it changes it. */
final class LeasedJobs extends ReplayJobs {
  private static final DriverManagerDataSource NOWHERE = new DriverManagerDataSource();

  private final AtomicReference<@Nullable UUID> runner = new AtomicReference<>();
  private final List<Progress> recorded = new ArrayList<>();
  private volatile ReplayState state = ReplayState.RUNNING;
  private volatile int progress;
  private volatile boolean finished;
  private volatile int rate = 1000;
  private final int claimed;

  LeasedJobs(int claimed) {
    super(
        new JdbcTransactionManager(NOWHERE),
        JdbcClient.create(NOWHERE),
        new AdminLog(JdbcClient.create(NOWHERE), "audit-service"),
        InstantSource.system());
    this.claimed = claimed;
  }

  /** Letters a second. */
  void atRate(int perSecond) {
    rate = perSecond;
  }

  /** What an operator, or another process, has set. */
  void become(ReplayState other) {
    state = other;
  }

  void begunUpTo(int position) {
    progress = position;
  }

  ReplayState state() {
    return state;
  }

  int progress() {
    return progress;
  }

  List<Progress> recorded() {
    return recorded;
  }

  boolean isFinished() {
    return finished;
  }

  boolean isLeased() {
    return runner.get() != null;
  }

  void leaseTo(UUID other) {
    runner.set(other);
  }

  ReplayJob job() {
    return new ReplayJob(
        JOB_ID, state, claimed, 0, 0, rate, null, List.of(), Map.of(), ACME_KEY, NOON, NOON, null,
        claimed, progress);
  }

  @Override
  Optional<ReplayJob> lease(UUID by) {
    boolean free = !finished && state != ReplayState.PAUSED && runner.compareAndSet(null, by);
    return free ? Optional.of(job()) : Optional.empty();
  }

  @Override
  ReplayJob renew(UUID id, UUID by) {
    refuseOthers(by);
    return job();
  }

  private void refuseOthers(UUID by) {
    if (!by.equals(runner.get())) {
      throw new LostLeaseException();
    }
  }

  @Override
  void giveBack(UUID id, UUID by) {
    runner.compareAndSet(by, null);
  }

  @Override
  void setAside(UUID id, UUID by) {
    if (runner.compareAndSet(by, null)) {
      state = ReplayState.PAUSED;
    }
  }

  @Override
  void advance(UUID id, UUID by, int from, Progress done) {
    refuseOthers(by);
    if (from != progress) {
      throw new LostLeaseException();
    }
    progress = done.position();
    recorded.add(done);
  }

  @Override
  void finish(ReplayJob job, UUID by, ReplayState end) {
    refuseOthers(by);
    state = end;
    finished = true;
    runner.set(null);
  }
}
