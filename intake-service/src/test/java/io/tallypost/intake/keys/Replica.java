package io.tallypost.intake.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Topics;
import io.tallypost.intake.IntakeDefaults;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.CeilingSettings;
import io.tallypost.intake.admin.Ceilings;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.intake.outbox.Database;
import io.tallypost.intake.outbox.Outbox;
import io.tallypost.intake.outbox.OutboxPublisher;
import io.tallypost.intake.outbox.Tombstones;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.kit.database.ConfirmingTransactionTemplate;
import io.tallypost.kit.keys.BcryptPool;
import io.tallypost.kit.view.CompactedView;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.security.crypto.password.PasswordEncoder;

/** What one replica of intake has of keys, on a real database. */
record Replica(
    ApiKeyStore store, ApiKeyRegister register, Outbox outbox, FirstOperatorKey firstKey) {
  ApiKeyState only() {
    assertThat(store.all()).hasSize(1);
    return store.all().getFirst().state();
  }

  /** A replica that has just started, whose file for the first key this is. */
  static Replica on(DataSource source, @Nullable Path file, Instant now, PasswordEncoder bcrypt) {
    JdbcClient jdbc = JdbcClient.create(source);
    var transaction = new ConfirmingTransactionTemplate(new JdbcTransactionManager(source));
    var store = new ApiKeyStore(jdbc);
    var outbox = new Outbox(jdbc);
    Producer<byte[], byte[]> producer =
        new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    var publisher =
        new OutboxPublisher(outbox, Outbox.Part.CONFIG, producer, transaction, new Database());
    var view = new CompactedView<>(Topics.API_KEYS, ApiKeyState.class, Map.of());
    var topic =
        new ConfigTopic.Outlet(outbox, new Tombstones(jdbc), publisher, transaction)
            .topic(
                new ConfigTopic.Kind<>(
                    Topics.API_KEYS,
                    key -> key.id().value(),
                    _ -> List.of(),
                    _ -> Optional.empty()),
                view);
    var register =
        new ApiKeyRegister(
            store,
            new CallerRows(store, topic, () -> now),
            topic,
            new Ceilings(jdbc, new CeilingSettings(1000, 20_000, 50, 10_000, Duration.ofDays(30))),
            new AdminLog(jdbc, outbox),
            transaction,
            new BcryptPool(bcrypt),
            () -> now);
    var settings =
        IntakeDefaults.but(
            file == null
                ? Map.of()
                : Map.of("tallypost.intake.operator-key-file", file.toString()));
    var operatorKey = new OperatorKeySettings(Duration.ofHours(24));
    return new Replica(
        store,
        register,
        outbox,
        new FirstOperatorKey(store, register, jdbc, transaction, settings, operatorKey));
  }
}
