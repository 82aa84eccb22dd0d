package io.tallypost.audit.replay;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.deadletter.Letters;
import io.tallypost.audit.operator.OperatorKafka;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/** As many runners as jobs are worked on at once. */
@Configuration(proxyBeanMethods = false)
@Import(ReplayConfiguration.Runners.class)
class ReplayConfiguration {
  private static final int RUNNERS = 4;

  static final class Runners implements BeanRegistrar {
    @Override
    public void register(BeanRegistry registry, Environment environment) {
      var looking = new Semaphore(1);
      for (int number = 1; number <= RUNNERS; number++) {
        String name = "replay-runner-" + number;
        registry.registerBean(
            name, ReplayRunner.class, spec -> spec.supplier(beans -> runner(name, looking, beans)));
      }
    }

    private static ReplayRunner runner(
        String name, Semaphore looking, BeanRegistry.SupplierContext beans) {
      var jobs = beans.bean(ReplayJobs.class);
      var letters = beans.bean(Letters.class);
      var records = beans.bean(ReplayRecords.class);
      var kafka = beans.bean(OperatorKafka.class);
      var metrics = beans.bean(ReplayMetrics.class);
      var clock = beans.bean(InstantSource.class);
      return new ReplayRunner(
          name,
          jobs,
          (job, runner) ->
              new ReplayRun(job, runner, jobs, letters, records, kafka, metrics, clock),
          looking,
          beans.bean(AuditSettings.class).retryAfter());
    }
  }
}
