package io.tallypost.quota.consume;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import io.tallypost.events.EventJson;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.kit.loop.Shutdowns;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.quota.QuotaSettings;
import io.tallypost.quota.decide.QuotaLedger;
import io.tallypost.quota.publish.ApprovalTransactions;
import io.tallypost.quota.publish.DecisionPublisher;
import io.tallypost.quota.publish.DecisionRecords;
import io.tallypost.quota.usage.QuotaMetrics;
import java.lang.reflect.Proxy;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

/** What a {@link RequestListener} is made of, without broker and database. */
final class RequestParts {
  static final TopicPartition PARTITION = new TopicPartition(Topics.REQUESTS, 0);

  /** The topic's id; another one once somebody has made the topic again. */
  volatile Uuid topicId = Uuid.randomUuid();

  final MockProducer<byte[], byte[]> verdicts = producer();

  /** The transactions' producers, the last one last: each failure takes a new one. */
  final List<MockProducer<byte[], byte[]>> approvals = new CopyOnWriteArrayList<>();

  /** A record of the topic. */
  static ConsumerRecord<byte[], byte[]> record(long offset, SendRequested request) {
    byte[] key = request.messageId().toString().getBytes(UTF_8);
    return new ConsumerRecord<>(Topics.REQUESTS, 0, offset, key, EventJson.write(request));
  }

  private static MockProducer<byte[], byte[]> producer() {
    return new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  }

  RequestListener listener(
      Supplier<Consumer<byte[], byte[]>> consumers,
      JdbcClient db,
      TransactionOperations transaction,
      ApprovalTransactions transactions,
      QuotaSettings settings) {
    var ledger = new QuotaLedger(db, transaction, settings, InstantSource.system());
    var tracing = new RecordTracing(Tracer.NOOP, Propagator.NOOP);
    var metrics =
        new QuotaMetrics(new SimpleMeterRegistry(), new LabelValues(100), InstantSource.system());
    var decisions =
        new Decisions(
            ledger,
            new DecisionRecords(tracing),
            metrics,
            tracing,
            Tracer.NOOP,
            InstantSource.system());
    return new RequestListener(
        consumers,
        this::admin,
        decisions,
        new DecisionPublisher(verdicts),
        ledger,
        transactions,
        new Shutdowns(new SimpleMeterRegistry(), () -> 0),
        settings);
  }

  ApprovalTransactions transactions(QuotaSettings settings) {
    return new ApprovalTransactions(
        () -> {
          var producer = producer();
          approvals.add(producer);
          return producer;
        },
        settings);
  }

  /** One that knows the topic's id, and nothing else. */
  private Admin admin() {
    return (Admin)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Admin.class},
            (_, method, _) -> method.getName().equals("describeTopics") ? described() : null);
  }

  private DescribeTopicsResult described() {
    var topic = new TopicDescription(Topics.REQUESTS, false, List.of(), Set.of(), topicId);
    return new Described(Map.of(Topics.REQUESTS, KafkaFuture.completedFuture(topic)));
  }

  private static final class Described extends DescribeTopicsResult {
    Described(Map<String, KafkaFuture<TopicDescription>> topics) {
      super(null, topics);
    }
  }
}
