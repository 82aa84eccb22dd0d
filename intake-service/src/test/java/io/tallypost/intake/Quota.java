package io.tallypost.intake;

import io.tallypost.events.EventJson;
import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.QuotaLimit;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Stands for quota-service at the broker: reads requests and answers them as the test says, on the
 * real topics and with the real headers.
 */
public final class Quota implements AutoCloseable {
  /** Says nothing, like a quota-service that is down. */
  public static final Function<SendRequested, Optional<QuotaDecided>> SILENT =
      _ -> Optional.empty();

  /** Approves everything, as the first of the day. */
  public static final Function<SendRequested, Optional<QuotaDecided>> APPROVING =
      request -> Optional.of(decided(request, QuotaDecided.Verdict.APPROVED));

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final KafkaProducer<byte[], byte[]> producer;
  private final List<ConsumerRecord<byte[], byte[]>> requests = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile Function<SendRequested, Optional<QuotaDecided>> policy = APPROVING;
  private volatile boolean running = true;

  /** Starts to answer what is posted from now on; the topics must be there. */
  public Quota(String bootstrapServers) {
    Map<String, Object> config = Map.of("bootstrap.servers", bootstrapServers);
    consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(Topics.REQUESTS).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    partitions.forEach(consumer::position);
    thread = Thread.ofPlatform().daemon().start(this::run);
  }

  /** A verdict on which each of the request's limits stands at the request's own units. */
  public static QuotaDecided decided(SendRequested request, QuotaDecided.Verdict verdict) {
    int units = request.mail().recipients().size();
    return new QuotaDecided(
        request.context().next(QuotaDecided.TYPE, Instant.now(), 0, 0),
        verdict,
        units,
        request.limits().stream()
            .map(limit -> usage(limit, units, verdict == QuotaDecided.Verdict.REJECTED))
            .toList(),
        null);
  }

  private static PolicyUsage usage(QuotaLimit limit, int units, boolean violated) {
    Instant midnight = Instant.now().truncatedTo(ChronoUnit.DAYS).plus(1, ChronoUnit.DAYS);
    return new PolicyUsage(
        limit.policy(), limit.limit(), violated ? limit.limit() : units, midnight, violated);
  }

  public void answer(Function<SendRequested, Optional<QuotaDecided>> next) {
    policy = next;
  }

  /** All that was read so far. */
  public List<ConsumerRecord<byte[], byte[]>> requests() {
    return requests;
  }

  /** What was read of one message. */
  public List<ConsumerRecord<byte[], byte[]>> requests(String messageId) {
    return requests.stream()
        .filter(record ->
            new String(record.key(), java.nio.charset.StandardCharsets.UTF_8).equals(messageId))
        .toList();
  }

  /** The event in a record. */
  public static SendRequested event(ConsumerRecord<byte[], byte[]> record) {
    try {
      return EventJson.read(record.value(), SendRequested.class);
    } catch (UnreadableRecordException e) {
      throw new AssertionError(e);
    }
  }

  private void run() {
    while (running) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
        requests.add(record);
        policy.apply(event(record)).ifPresent(decision -> publish(record, decision));
      }
    }
    consumer.close();
    producer.close();
  }

  private void publish(ConsumerRecord<byte[], byte[]> request, QuotaDecided decision) {
    publish(
        new ProducerRecord<>(
            Topics.DECISIONS,
            null,
            request.key(),
            EventJson.write(decision),
            RecordHeaders.copyOf(request.headers()).toKafka()));
  }

  /** Puts any record on any topic. */
  public void publish(ProducerRecord<byte[], byte[]> record) {
    try {
      producer.send(record).get();
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    running = false;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
