package io.tallypost.intake.rounds;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.intake.IntakeSettings;
import io.tallypost.intake.outbox.Database;
import io.tallypost.intake.outbox.Outbox;
import io.tallypost.intake.outbox.OutboxPublisher;
import io.tallypost.kit.loop.Looping;
import java.time.InstantSource;
import java.util.List;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Without these loops a revoked key no longer reaches the other services: a fault of ours must be
 * seen in liveness.
 */
class DatabaseLoopsTest {
  private final Database database = new Database();

  private static void assertDies(Looping looping) {
    looping.start();

    await().until(() -> !looping.loop().isAlive());

    assertThat(looping.loop().isStopping()).isFalse();
  }

  @Test
  void theOutboxDoesNotDieUnnoticed() {
    database.migrated();
    var serializer = new ByteArraySerializer();
    var producer = new MockProducer<>(true, null, serializer, serializer);
    var outbox = new Outbox(JdbcClient.create(new DriverManagerDataSource()));
    // A template without a manager is a fault of ours.
    var transaction = new TransactionTemplate();

    assertDies(new OutboxPublisher(outbox, Outbox.Part.CONFIG, producer, transaction, database));
  }

  @Test
  @SuppressWarnings("NullAway")
  void thePeriodicWorkDoesNotDieUnnoticed() {
    database.migrated();
    var settings =
        new Binder(new MapConfigurationPropertySource())
            .bindOrCreate("tallypost.intake", IntakeSettings.class);

    // A missing part is a fault of ours.
    assertDies(
        new DatabaseRounds(database, null, null, null, null, settings, InstantSource.system()));
  }

  @Test
  @SuppressWarnings("NullAway")
  void thePreparationOfTheDatabaseDoesNotDieUnnoticed() {
    // A missing part is a fault of ours.
    assertDies(
        new DatabaseStartup(
            null, Flyway.configure().load(), database, null, List.of(), InstantSource.system()));
  }
}
