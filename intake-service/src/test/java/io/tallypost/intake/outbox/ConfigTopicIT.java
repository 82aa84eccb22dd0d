package io.tallypost.intake.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Topics;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.testing.Backends;
import io.tallypost.kit.view.CompactedView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** How rows and their topic come together, on a real database. */
class ConfigTopicIT {
  private static final TenantState CURRENT = tenant("current", 3);
  private static final TenantState OLDER_ON_TOPIC = tenant("older", 5);
  private static final TenantState MISSING = tenant("missing", 2);
  private static final TenantState WITHOUT_ROW = tenant("restored", 9);

  private final CompactedView<TenantState> view =
      new CompactedView<>(Topics.TENANTS, TenantState.class, Map.of());
  private Outbox outbox = new Outbox(JdbcClient.create(new DriverManagerDataSource()));
  private Tombstones tombstones = new Tombstones(JdbcClient.create(new DriverManagerDataSource()));
  private TransactionTemplate transaction = new TransactionTemplate();

  @BeforeEach
  void migrate() {
    Backends.Database database = Backends.database();
    var source =
        new DriverManagerDataSource(database.jdbcUrl(), database.user(), database.password());
    Flyway.configure().dataSource(source).schemas("intake").createSchemas(true).load().migrate();
    JdbcClient jdbc = JdbcClient.create(source);
    outbox = new Outbox(jdbc);
    tombstones = new Tombstones(jdbc);
    transaction = new TransactionTemplate(new JdbcTransactionManager(source));
  }

  private ConfigTopic<TenantState> topic(TenantState... rows) {
    return topic(List.of(rows), List.of(rows));
  }

  /** One whose rows change between the reading of all and that of each. */
  private ConfigTopic<TenantState> topic(List<TenantState> rows, List<TenantState> later) {
    var producer =
        new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    var publisher =
        new OutboxPublisher(outbox, Outbox.Part.CONFIG, producer, transaction, new Database());
    return new ConfigTopic.Outlet(outbox, tombstones, publisher, transaction)
        .topic(
            new ConfigTopic.Kind<>(
                Topics.TENANTS,
                tenant -> tenant.id().value(),
                _ -> rows,
                id -> later.stream().filter(row -> row.id().value().equals(id)).findFirst()),
            view);
  }

  private static TenantState tenant(String id, long version) {
    return new TenantState(TenantState.SHAPE, version, new TenantId(id), id, true, List.of());
  }

  private void onTopic(TenantState state, long version) {
    view.put(state.id().value(), version, state);
  }

  @Test
  void publishesAgainWhatTheTopicLacksOrHasOlderAndLeavesTheRest() {
    onTopic(CURRENT, 3);
    onTopic(tenant("older", 4), 4);
    onTopic(WITHOUT_ROW, 9);

    topic(CURRENT, OLDER_ON_TOPIC, MISSING).repair();

    assertThat(outbox.oldest(Outbox.Part.CONFIG, 10))
        .extracting(entry -> entry.topic() + " " + entry.key() + " " + entry.version())
        .containsExactly("config.tenants.v1 older 5", "config.tenants.v1 missing 2");
    assertThat(view.get("older")).contains(OLDER_ON_TOPIC);
    assertThat(view.get("restored")).contains(WITHOUT_ROW);
  }

  /** The older state would stand behind the deletion, and hold where the topic is read anew. */
  @Test
  void publishesNothingAgainThatWasDeletedOrChangedMeanwhile() {
    TenantState changed = tenant("missing", 7);

    topic(List.of(OLDER_ON_TOPIC, MISSING), List.of(changed)).repair();

    assertThat(outbox.oldest(Outbox.Part.CONFIG, 10))
        .extracting(entry -> entry.key() + " " + entry.version())
        .containsExactly("missing 7");
    assertThat(view.get("older")).isEmpty();
    assertThat(view.get("missing")).contains(changed);
  }

  @Test
  void keepsConfigAndTheAdminLogFromWaitingForEachOther() {
    outbox.add(Topics.OPERATIONS, "entry", new byte[0], 0);
    outbox.add(Topics.TENANTS, "tenant", new byte[0], 1);

    assertThat(outbox.oldest(Outbox.Part.CONFIG, 10))
        .extracting(Outbox.Entry::key)
        .containsExactly("tenant");
    assertThat(outbox.oldest(Outbox.Part.LOG, 10))
        .extracting(Outbox.Entry::key)
        .containsExactly("entry");
  }

  @Test
  void leavesADeletionForThoseWhomKafkaHasNotTold() {
    ConfigTopic<TenantState> topic = topic();
    onTopic(CURRENT, 3);

    topic.publishDeletion("current", 4, Instant.parse("2027-01-31T12:00:00Z"));
    topic.reread(Instant.EPOCH, tombstones.since(Instant.EPOCH));

    assertThat(outbox.oldest(Outbox.Part.CONFIG, 10).getFirst().value()).isNull();
    assertThat(view.get("current")).isEmpty();
  }
}
