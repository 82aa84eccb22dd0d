package io.tallypost.intake.rounds;

import io.tallypost.intake.keys.FirstOperatorKey;
import io.tallypost.intake.outbox.BackgroundThread;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.intake.outbox.Database;
import io.tallypost.kit.database.SchemaStart;
import io.tallypost.kit.problems.ProblemException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Prepares the database in the background, and tries again until it is available: the schema, the
 * first operator key, and what the topics have missed. Intake already accepts mail.
 */
final class DatabaseStartup {
  private static final Logger log = LoggerFactory.getLogger(DatabaseStartup.class);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(2);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

  private final SchemaStart schema;
  private final Flyway flyway;
  private final Database database;
  private final FirstOperatorKey firstOperatorKey;
  private final List<ConfigTopic<?>> topics;
  private final InstantSource clock;

  DatabaseStartup(
      SchemaStart schema,
      Flyway flyway,
      Database database,
      FirstOperatorKey firstOperatorKey,
      List<ConfigTopic<?>> topics,
      InstantSource clock) {
    this.schema = schema;
    this.flyway = flyway;
    this.database = database;
    this.firstOperatorKey = firstOperatorKey;
    this.topics = topics;
    this.clock = clock;
  }

  private void prepare() throws InterruptedException {
    while (true) {
      try {
        schema.prepare(flyway);
        database.migrated();
        firstOperatorKey.ensure(clock.instant());
        while (!topics.stream().allMatch(ConfigTopic::isCaughtUp)) {
          TimeUnit.NANOSECONDS.sleep(BETWEEN_LOOKS.toNanos());
        }
        topics.forEach(ConfigTopic::repair);
        log.atInfo().addKeyValue("operation", "database-startup").log("database is prepared");
        return;
      } catch (FlywayException
          | DataAccessException
          | TransactionException
          | ProblemException
          | FirstOperatorKey.NotWrittenException e) {
        log.atWarn()
            .addKeyValue("operation", "database-startup")
            .log(
                "database is not prepared, trying again: {}",
                NestedExceptionUtils.getMostSpecificCause(e).getMessage());
        TimeUnit.NANOSECONDS.sleep(AFTER_FAILURE.toNanos());
      }
    }
  }

  /** Wires it. */
  @Configuration(proxyBeanMethods = false)
  static class Beans {

    /** Keeps Boot from migrating during the start, which would then need the database. */
    @Bean
    FlywayMigrationStrategy migrateLater() {
      return _ -> {};
    }

    @Bean
    BackgroundThread databaseStartup(
        SchemaStart schema,
        Flyway flyway,
        Database database,
        FirstOperatorKey firstOperatorKey,
        List<ConfigTopic<?>> topics,
        InstantSource clock) {
      var startup = new DatabaseStartup(schema, flyway, database, firstOperatorKey, topics, clock);
      return new BackgroundThread("database-startup", startup::prepare);
    }
  }
}
