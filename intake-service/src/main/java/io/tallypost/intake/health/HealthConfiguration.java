package io.tallypost.intake.health;

import io.tallypost.intake.outbox.Database;
import java.time.Duration;
import java.time.InstantSource;
import javax.sql.DataSource;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Wires the probes. */
@Configuration(proxyBeanMethods = false)
class HealthConfiguration {
  /** All are asked at once, and the whole answer takes less than a second. */
  private static final Duration PATIENCE = Duration.ofMillis(700);

  /** Less than that, so that a silent broker is said to be down and not only late. */
  private static final Duration BROKERS_PATIENCE = Duration.ofMillis(600);

  private static final int DATABASES_PATIENCE_SECONDS = 1;

  @Bean
  Broker broker(KafkaProperties kafka) {
    return new Broker(kafka, BROKERS_PATIENCE);
  }

  @Bean
  Probe kafkaProbe(Broker broker, InstantSource clock) {
    return new Probe(broker::answers, PATIENCE, clock);
  }

  @Bean
  Probe postgresqlProbe(Database database, DataSource source, InstantSource clock) {
    var jdbc = JdbcClient.create(source);
    return new Probe(
        () -> {
          jdbc.sql("SELECT 1").withQueryTimeout(DATABASES_PATIENCE_SECONDS).query().singleRow();
          return database.isMigrated();
        },
        PATIENCE,
        clock);
  }
}
