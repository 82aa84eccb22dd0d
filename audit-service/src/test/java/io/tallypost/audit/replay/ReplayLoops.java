package io.tallypost.audit.replay;

import io.tallypost.audit.operator.AdminLog;
import io.tallypost.audit.operator.TroubledKafka;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.testing.LoopFaults;
import io.tallypost.kit.testing.LoopFaults.Fault;
import io.tallypost.kit.testing.Trouble;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.springframework.jdbc.core.simple.JdbcClient;

final class ReplayLoops implements LoopFaults.Rows {

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.of(LoopFaults.Row.ofBoth("ReplayRunner", ReplayLoops::runner));
  }

  /** It meets PostgreSQL when it looks for a job, and Kafka when it has one. */
  @SuppressWarnings("NullAway") // No letter is read.
  private static Looping runner(Trouble trouble) {
    var jobs = trouble.fault() == Fault.BROKER_AWAY ? new LeasedJobs(1) : jobs(trouble);
    var kafka = new TroubledKafka(trouble);
    return new ReplayRunner(
        "replay-runner-1",
        jobs,
        (job, runner) ->
            new ReplayRun(job, runner, jobs, null, null, kafka, null, InstantSource.system()),
        new Semaphore(1),
        Duration.ofMillis(5));
  }

  private static ReplayJobs jobs(Trouble trouble) {
    var jdbc = JdbcClient.create(trouble.dataSource());
    return new ReplayJobs(
        trouble.transactions(), jdbc, new AdminLog(jdbc, "audit-service"), InstantSource.system());
  }
}
