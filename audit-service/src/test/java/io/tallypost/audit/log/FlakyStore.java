package io.tallypost.audit.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import io.tallypost.audit.deadletter.DeadLetters;
import io.tallypost.audit.operator.AdminLog;
import io.tallypost.audit.timeline.MessageRows;
import io.tallypost.audit.timeline.Timelines;
import io.tallypost.events.Topics;
import io.tallypost.kit.tracing.RecordTracing;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.SimpleTransactionStatus;

/**
 * Counts the log's transactions, and fails them when told to. There is no database behind it: it is
 * for records that leave no rows.
 */
final class FlakyStore implements PlatformTransactionManager {
  private volatile @Nullable RuntimeException failure;
  private final AtomicInteger written = new AtomicInteger();

  /** Until further notice. */
  void failWith(@Nullable RuntimeException each) {
    failure = each;
  }

  /** How many transactions were committed. */
  int written() {
    return written.get();
  }

  /** The projection on it. */
  Projection projection() {
    return projection(this, new JdbcTemplate());
  }

  /** The projection on any store. */
  static Projection projection(PlatformTransactionManager transactions, JdbcTemplate jdbc) {
    var client = JdbcClient.create(jdbc);
    var tracing = new RecordTracing(Tracer.NOOP, Propagator.NOOP);
    var metrics = new AuditMetrics(new SimpleMeterRegistry());
    var nowhere =
        new KafkaTemplate<>(
            new DefaultKafkaProducerFactory<>(
                Map.of("bootstrap.servers", "localhost:9"),
                new ByteArraySerializer(),
                new ByteArraySerializer()));
    var log =
        new AuditLog(
            transactions,
            new DayPartitions(client, transactions),
            new Timelines(client, transactions),
            new MessageRows(client),
            DeadLetters.on(jdbc),
            new AdminLog(client, "audit-service"));
    return new Projection(
        log, new UnreadableRecords(nowhere, tracing, metrics), tracing, Tracer.NOOP, metrics);
  }

  /** A record of a kind that a later version has: it is written as nothing. */
  static ConsumerRecord<byte[], byte[]> record(int partition, long offset) {
    return new ConsumerRecord<>(
        Topics.OPERATIONS,
        partition,
        offset,
        "key".getBytes(UTF_8),
        "{\"v\":1,\"type\":\"of.a.later.version\"}".getBytes(UTF_8));
  }

  @Override
  public TransactionStatus getTransaction(@Nullable TransactionDefinition definition) {
    var now = failure;
    if (now != null) {
      throw now;
    }
    return new SimpleTransactionStatus();
  }

  @Override
  public void commit(TransactionStatus status) {
    written.incrementAndGet();
  }

  @Override
  public void rollback(TransactionStatus status) {}
}
