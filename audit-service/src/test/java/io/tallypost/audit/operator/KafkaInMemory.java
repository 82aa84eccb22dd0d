package io.tallypost.audit.operator;

import io.tallypost.events.Topics;
import java.lang.reflect.Constructor;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DeleteConsumerGroupsResult;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.ListTopicsResult;
import org.apache.kafka.clients.admin.TopicListing;
import org.apache.kafka.clients.admin.internals.CoordinatorKey;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeanUtils;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.SimpleTransactionStatus;

/** One transactional id on Kafka's own doubles: each producer shuts its predecessor out. */
public final class KafkaInMemory extends OperatorKafka {
  private static final int LARGEST = 100_000;

  private final List<MockProducer<byte[], byte[]>> producers = new CopyOnWriteArrayList<>();
  private final Set<String> deletedGroups = new ConcurrentSkipListSet<>();

  private final Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();
  private int passing;

  public KafkaInMemory() {
    super(new KafkaProperties());
  }

  /** The next openings fail in these ways. */
  public void failWith(RuntimeException... each) {
    failures.addAll(List.of(each));
  }

  /** The records that readers see. */
  public List<ProducerRecord<byte[], byte[]>> committed() {
    return producers.stream().flatMap(producer -> producer.history().stream()).toList();
  }

  /** Acts that are told here; their transactions in PostgreSQL are none. */
  public OperatorActs acts() {
    return new OperatorActs(new NoTransactions(), this);
  }

  private static final class NoTransactions implements PlatformTransactionManager {
    @Override
    public TransactionStatus getTransaction(@Nullable TransactionDefinition definition) {
      return new SimpleTransactionStatus();
    }

    @Override
    public void commit(TransactionStatus status) {}

    @Override
    public void rollback(TransactionStatus status) {}
  }

  /** How many transactions were committed. */
  public long commits() {
    return producers.stream().mapToLong(MockProducer::commitCount).sum();
  }

  public Set<String> deletedGroups() {
    return deletedGroups;
  }

  /** What reads single records; a test that needs it gives its own. */
  private Supplier<Consumer<byte[], byte[]>> readers =
      () -> {
        throw new UnsupportedOperationException("nothing is read");
      };

  public void readWith(Supplier<Consumer<byte[], byte[]>> each) {
    readers = each;
  }

  @Override
  public Consumer<byte[], byte[]> reader() {
    return readers.get();
  }

  /** These openings pass, and the next fails in this way. */
  public void failAfter(int openings, RuntimeException failure) {
    passing = openings;
    failures.add(failure);
  }

  @Override
  public Producer<byte[], byte[]> transactional(String id) {
    var failure = passing-- > 0 ? null : failures.poll();
    if (failure != null) {
      throw failure;
    }
    producers.stream().filter(producer -> !producer.closed()).forEach(MockProducer::fenceProducer);
    var producer = new Limited();
    producer.initTransactions();
    producers.add(producer);
    return producer;
  }

  /** Refuses a transaction with a record that is too large, as a broker does. */
  private static final class Limited extends MockProducer<byte[], byte[]> {
    Limited() {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public void commitTransaction() {
      if (uncommittedRecords().stream()
          .anyMatch(record -> record.value() != null && record.value().length > LARGEST)) {
        throw new KafkaException("not committed", new RecordTooLargeException());
      }
      super.commitTransaction();
    }
  }

  @Override
  @SuppressWarnings("removal") // Kafka's own way to one without a consumer
  public ConsumerGroupMetadata groupWithoutMembers(String group) {
    return new ConsumerGroupMetadata(group);
  }

  @Override
  public Admin admin() {
    return (Admin)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Admin.class},
            (_, method, arguments) ->
                switch (method.getName()) {
                  case "listTopics" -> result(ListTopicsResult.class, answered(topics()));
                  case "listConsumerGroupOffsets" -> offsets((Map<?, ?>) arguments[0]);
                  case "deleteConsumerGroups" -> deleted((List<?>) arguments[0]);
                  default -> null;
                });
  }

  private static Map<String, TopicListing> topics() {
    return List.of(Topics.APPROVED, Topics.OPERATIONS).stream()
        .collect(
            Collectors.toMap(
                topic -> topic, topic -> new TopicListing(topic, Uuid.randomUuid(), false)));
  }

  private ListConsumerGroupOffsetsResult offsets(Map<?, ?> groups) {
    String group = (String) groups.keySet().iterator().next();
    Map<TopicPartition, OffsetAndMetadata> last =
        producers.stream()
            .flatMap(producer -> producer.consumerGroupOffsetsHistory().stream())
            .map(offsets -> offsets.getOrDefault(group, Map.of()))
            .reduce(Map.of(), (_, next) -> next);
    return result(
        ListConsumerGroupOffsetsResult.class,
        Map.of(CoordinatorKey.byGroupId(group), answered(last)));
  }

  private DeleteConsumerGroupsResult deleted(List<?> groups) {
    groups.forEach(group -> deletedGroups.add((String) group));
    return result(
        DeleteConsumerGroupsResult.class,
        groups.stream().collect(Collectors.toMap(group -> group, _ -> answered(null))));
  }

  private static <T> KafkaFuture<T> answered(@Nullable T value) {
    return KafkaFuture.completedFuture(value);
  }

  /** Kafka makes these itself alone. */
  @SuppressWarnings("unchecked")
  private static <T> T result(Class<T> type, Object content) {
    return BeanUtils.instantiateClass(
        (Constructor<T>) Objects.requireNonNull(type.getDeclaredConstructors()[0]), content);
  }
}
