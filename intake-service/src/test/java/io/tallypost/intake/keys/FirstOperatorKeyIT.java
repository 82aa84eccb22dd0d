package io.tallypost.intake.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.config.CompactedView;
import io.tallypost.events.Topics;
import io.tallypost.intake.IntakeSettings;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.ConfigTopic;
import io.tallypost.intake.admin.Database;
import io.tallypost.intake.admin.Outbox;
import io.tallypost.intake.admin.OutboxPublisher;
import io.tallypost.intake.admin.Tombstones;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.Scope;
import io.tallypost.testing.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.transaction.support.TransactionTemplate;

/** The first key, on a real database. */
class FirstOperatorKeyIT {
  @TempDir Path directory;
  private DriverManagerDataSource source = new DriverManagerDataSource();

  @BeforeEach
  void migrate() {
    Backends.Database database = Backends.database();
    source = new DriverManagerDataSource(database.jdbcUrl(), database.user(), database.password());
    Flyway.configure().dataSource(source).schemas("intake").createSchemas(true).load().migrate();
  }

  /** What one replica has. */
  private record Replica(ApiKeyStore store, Outbox outbox, FirstOperatorKey firstKey) {}

  private Replica replica(Path file) {
    JdbcClient jdbc = JdbcClient.create(source);
    var transaction = new TransactionTemplate(new JdbcTransactionManager(source));
    var store = new ApiKeyStore(jdbc);
    var outbox = new Outbox(jdbc);
    Producer<byte[], byte[]> producer =
        new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    var publisher =
        new OutboxPublisher(outbox, Outbox.Part.CONFIG, producer, transaction, new Database());
    var view = new CompactedView<>(Topics.API_KEYS, ApiKeyState.class, Map.of());
    var register =
        new ApiKeyRegister(
            store,
            new ConfigTopic.Outlet(outbox, new Tombstones(jdbc), publisher, transaction)
                .topic(
                    new ConfigTopic.Kind<>(
                        Topics.API_KEYS, key -> key.id().value(), _ -> List.of()),
                    view),
            new AdminLog(jdbc, outbox),
            transaction,
            new BCryptPasswordEncoder(4),
            InstantSource.system());
    var settings =
        new IntakeSettings(
            null,
            null,
            1000,
            List.of(),
            false,
            "http://localhost",
            file,
            Duration.ofSeconds(2),
            Duration.ofSeconds(15),
            6000,
            Duration.ofSeconds(45),
            Duration.ofDays(400));
    return new Replica(
        store, outbox, new FirstOperatorKey(store, register, jdbc, transaction, settings));
  }

  @Test
  void isMadeOnceByManyThatStartAtOnce() throws InterruptedException, IOException {
    Path file = directory.resolve("deep/operator-key");
    var together = new CountDownLatch(1);
    var starts = new ArrayList<Thread>();
    for (int i = 0; i < 6; i++) {
      Replica replica = replica(file);
      starts.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  together.await();
                  replica.firstKey().ensure();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }));
    }
    together.countDown();
    for (Thread start : starts) {
      start.join();
    }

    Replica replica = replica(file);
    List<ApiKeyRow> rows = replica.store().all();
    assertThat(rows).hasSize(1);
    ApiKeyState key = rows.getFirst().state();
    assertThat(key.scopes()).contains(Scope.OPERATOR);
    assertThat(replica.outbox().oldest(Outbox.Part.CONFIG, 10)).hasSize(1);
    ApiKeyToken token = ApiKeyToken.parse(Files.readString(file).strip()).orElseThrow();
    assertThat(token.id()).isEqualTo(key.id());
    assertThat(
            new BCryptPasswordEncoder(4).matches(token.secret(), key.secrets().getFirst().hash()))
        .isTrue();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void isNotMadeWhereItsFileCannotBeWritten() throws IOException {
    Path blocked = Files.writeString(directory.resolve("file"), "").resolve("operator-key");
    Replica replica = replica(blocked);

    assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> replica.firstKey().ensure()))
        .isInstanceOf(FirstOperatorKey.NotWrittenException.class)
        .hasMessageContaining("OPERATOR_KEY_FILE");

    assertThat(replica.store().all()).isEmpty();
    assertThat(replica.outbox().oldest(Outbox.Part.CONFIG, 10)).isEmpty();
  }

  @Test
  void readsAKeyAsItWasWritten() {
    Replica replica = replica(directory.resolve("operator-key"));
    replica.firstKey().ensure();
    ApiKeyRow row = replica.store().all().getFirst();

    assertThat(replica.store().find(row.state().id())).contains(row);
    assertThat(row.state().defaultFrom()).isNull();
  }
}
