package io.tallypost.intake.rounds;

import io.tallypost.intake.keys.FirstOperatorKey;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.intake.outbox.Database;
import io.tallypost.kit.database.SchemaStart;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.problems.ProblemException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prepares the database in the background, and tries again until it is available: the schema, the
 * first operator key, and what the topics have missed. Intake already accepts mail.
 */
final class DatabaseStartup implements Looping {
  private static final Logger log = LoggerFactory.getLogger(DatabaseStartup.class);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(2);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

  private final SchemaStart schema;
  private final Flyway flyway;
  private final Database database;
  private final FirstOperatorKey firstOperatorKey;
  private final List<ConfigTopic<?>> topics;
  private final InstantSource clock;
  private final Loop loop;

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
    this.loop =
        new Loop(
            "database-startup",
            LoopPolicy.waitingFor(Away.DATABASE.or(DatabaseStartup::isNotYet))
                .pausing(AFTER_FAILURE, AFTER_FAILURE),
            this::prepare);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  /** Before requests, which do without the database. */
  @Override
  public int getPhase() {
    return 0;
  }

  /** What an operator mends: a schema that is not there yet, a file that cannot be written. */
  private static boolean isNotYet(Exception failure) {
    return failure instanceof FlywayException
        || failure instanceof ProblemException
        || failure instanceof FirstOperatorKey.NotWrittenException;
  }

  private void prepare(Loop loop) throws InterruptedException {
    schema.prepare(flyway);
    database.migrated();
    firstOperatorKey.ensure(clock.instant());
    while (!topics.stream().allMatch(ConfigTopic::isCaughtUp)) {
      if (loop.isStopping()) {
        return;
      }
      loop.pause(BETWEEN_LOOKS);
    }
    topics.forEach(ConfigTopic::repair);
    loop.well();
    loop.done();
    log.atInfo().addKeyValue("operation", "database-startup").log("database is prepared");
  }
}
