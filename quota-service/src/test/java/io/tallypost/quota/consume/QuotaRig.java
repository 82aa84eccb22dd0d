package io.tallypost.quota.consume;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.kit.loop.Shutdowns;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.testing.Backends;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.quota.QuotaSettings;
import io.tallypost.quota.decide.QuotaLedger;
import io.tallypost.quota.publish.ApprovalTransactions;
import io.tallypost.quota.publish.DecisionPublisher;
import io.tallypost.quota.publish.DecisionRecords;
import io.tallypost.quota.publish.KafkaClients;
import io.tallypost.quota.usage.QuotaMetrics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.flywaydb.core.Flyway;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Quota's loop without Spring around it, as often as a test wants, on the real broker and one real
 * database for all tests: they share the topics and the group, so what one has decided must not be
 * new to the next.
 */
public final class QuotaRig implements AutoCloseable {
  public static final QuotaSettings SETTINGS =
      new QuotaSettings(
          Duration.ofDays(30),
          Duration.ofDays(14),
          Duration.ofDays(50),
          Duration.ofMinutes(10),
          2,
          Duration.ofMillis(50),
          Duration.ofMillis(500),
          Duration.ofSeconds(8),
          2000);

  private static final Backends.Database DATABASE = Backends.database();
  private static final HikariDataSource POOL = pool(DATABASE.jdbcUrl());

  static {
    migrate(POOL);
    createTopics();
  }

  final RequestListener listener;
  private final ApprovalTransactions transactions;
  private final Producer<byte[], byte[]> verdicts;

  private QuotaRig(DataSource source) {
    var clients = new KafkaClients(kafka(), UUID.randomUUID().toString());
    verdicts = clients.plainProducer();
    var ledger = ledger(source);
    var tracing = new RecordTracing(Tracer.NOOP, Propagator.NOOP);
    var decisions =
        new Decisions(
            ledger,
            new DecisionRecords(tracing),
            new QuotaMetrics(
                new SimpleMeterRegistry(), new LabelValues(100), InstantSource.system()),
            tracing,
            Tracer.NOOP,
            InstantSource.system());
    transactions = new ApprovalTransactions(clients::transactionalProducer, SETTINGS);
    var shutdowns = new Shutdowns(new SimpleMeterRegistry(), () -> 0);
    listener =
        new RequestListener(
            clients::consumer,
            clients::admin,
            decisions,
            new DecisionPublisher(verdicts),
            ledger,
            transactions,
            shutdowns,
            SETTINGS);
  }

  static Backends.Database database() {
    return DATABASE;
  }

  public static DataSource pooled() {
    return POOL;
  }

  static JdbcClient db() {
    return JdbcClient.create(POOL);
  }

  public static QuotaLedger ledger() {
    return ledger(POOL);
  }

  public static QuotaLedger ledger(DataSource source) {
    var transaction = new TransactionTemplate(new JdbcTransactionManager(source));
    return new QuotaLedger(
        JdbcClient.create(source), transaction, SETTINGS, InstantSource.system());
  }

  /** A running process. */
  static QuotaRig start() {
    return start(POOL);
  }

  static QuotaRig start(DataSource source) {
    var rig = new QuotaRig(source);
    rig.transactions.start();
    rig.listener.start();
    return rig;
  }

  @Override
  public void close() {
    listener.stop();
    transactions.stop();
    verdicts.close();
  }

  static HikariDataSource pool(String jdbcUrl) {
    var config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl);
    config.setUsername(DATABASE.user());
    config.setPassword(DATABASE.password());
    config.setMaximumPoolSize(8);
    config.setConnectionTimeout(1000);
    config.setValidationTimeout(500);
    config.setInitializationFailTimeout(-1);
    config.addDataSourceProperty("connectTimeout", 1);
    config.addDataSourceProperty("socketTimeout", 5);
    return new HikariDataSource(config);
  }

  static void migrate(DataSource source) {
    Flyway.configure().dataSource(source).schemas("quota").defaultSchema("quota").load().migrate();
  }

  static KafkaProperties kafka() {
    var kafka = new KafkaProperties();
    kafka.setBootstrapServers(List.of(Backends.kafka()));
    kafka.getConsumer().setIsolationLevel(KafkaProperties.IsolationLevel.READ_COMMITTED);
    return kafka;
  }

  static Admin admin() {
    return Admin.create(kafka().buildAdminProperties());
  }

  /** Plain, as intake's. */
  static Producer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        kafka().buildProducerProperties(), new ByteArraySerializer(), new ByteArraySerializer());
  }

  static ProducerRecord<byte[], byte[]> record(SendRequested request) {
    var headers =
        RecordHeaders.empty()
            .set(RecordHeaders.REPLY_TO, "intake-1")
            .set(RecordHeaders.REQUEST_ID, "req-1");
    return new ProducerRecord<>(
        Topics.REQUESTS,
        null,
        request.messageId().toString().getBytes(UTF_8),
        EventJson.write(request),
        headers.toKafka());
  }

  static void send(SendRequested... requests) {
    var records = new ArrayList<ProducerRecord<byte[], byte[]>>();
    for (SendRequested request : requests) {
      records.add(record(request));
    }
    send(records);
  }

  static void send(List<ProducerRecord<byte[], byte[]>> records) {
    try (var producer = producer()) {
      for (var record : records) {
        producer.send(record).get(10, TimeUnit.SECONDS);
      }
    } catch (Exception e) {
      throw new IllegalStateException("cannot produce", e);
    }
  }

  /** What a key has been charged in all, on its daily counters. */
  static long charged(Requests requests) {
    return db().sql(
            "SELECT coalesce(sum(used), 0) FROM quota.usage WHERE policy = 'key_day' AND subject = ?")
        .param(requests.key().value())
        .query(Long.class)
        .single();
  }

  /** What a key's approved mails say it was charged. */
  static long approvedUnits(Requests requests) {
    return db().sql(
            "SELECT coalesce(sum(units), 0) FROM quota.decision WHERE verdict = 'approved' AND api_key_id = ?")
        .param(requests.key().value())
        .query(Long.class)
        .single();
  }

  static void createTopics() {
    var topics =
        List.of(
            new NewTopic(Topics.REQUESTS, 24, (short) 1),
            new NewTopic(Topics.DECISIONS, 24, (short) 1),
            new NewTopic(Topics.APPROVED, 24, (short) 1),
            new NewTopic(Topics.APPROVED_BULK, 24, (short) 1),
            new NewTopic(Topics.API_KEYS, 6, (short) 1)
                .configs(Map.of("cleanup.policy", "compact")),
            new NewTopic(Topics.DEAD_LETTER, 6, (short) 1));
    try (var admin = admin()) {
      Set<NewTopic> missing = new HashSet<>(topics);
      var there = admin.listTopics().names().get(10, TimeUnit.SECONDS);
      missing.removeIf(topic -> there.contains(topic.name()));
      admin.createTopics(missing).all().get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw new IllegalStateException("cannot create topics", e);
      }
    } catch (Exception e) {
      throw new IllegalStateException("cannot create topics", e);
    }
  }
}
