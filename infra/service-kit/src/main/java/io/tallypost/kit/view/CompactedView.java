package io.tallypost.kit.view;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.config.Versioned;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.kit.kafka.ConsumerRole;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The current state of a compacted topic, in memory: every key's latest value, by its version
 * rather than by its arrival, so that a late or repeated record changes nothing. Reads without a
 * group from the topic's beginning; while the broker is away it keeps what it knows. An unreadable
 * record leaves the last good value in place.
 *
 * @param <V> the value on the topic
 */
public final class CompactedView<V extends Versioned> implements Looping {
  private static final Logger log = LoggerFactory.getLogger(CompactedView.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration FIRST_POLLS = Duration.ofMillis(50);

  /** As many as a quarter of an hour brings at the highest rate; records are late by seconds. */
  private static final int MOST_TOMBSTONES = 10_000;

  private static final Duration WHILE_THERE_IS_NO_TOPIC = Duration.ofSeconds(1);

  /**
   * A key's state; a tombstone keeps its version, so that an older value cannot come back while
   * records may be late.
   */
  private record Entry<V>(long version, @Nullable V value) {}

  private final String topic;
  private final Class<V> type;
  private final Supplier<org.apache.kafka.clients.consumer.Consumer<byte[], byte[]>> consumers;
  private final Map<String, Entry<V>> entries = new ConcurrentHashMap<>();
  private final Queue<String> deleted = new ConcurrentLinkedQueue<>();
  private final AtomicInteger deletions = new AtomicInteger();
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean caughtUp;
  private final Loop loop;

  /**
   * Prepares a view; {@link #start()} begins to read.
   *
   * @param consumerConfig how to reach the broker
   */
  public CompactedView(String topic, Class<V> type, Map<String, Object> consumerConfig) {
    this(topic, type, () -> ConsumerRole.view().open(consumerConfig));
  }

  CompactedView(
      String topic,
      Class<V> type,
      Supplier<org.apache.kafka.clients.consumer.Consumer<byte[], byte[]>> consumers) {
    this.topic = topic;
    this.type = type;
    this.consumers = consumers;
    this.loop = new Loop("view-" + topic, LoopPolicy.waitingFor(Away.KAFKA), this::follow);
  }

  public Optional<V> get(String key) {
    return Optional.ofNullable(entries.get(key)).map(Entry::value);
  }

  public Collection<V> values() {
    return entries.values().stream().map(Entry::value).filter(Objects::nonNull).toList();
  }

  /**
   * Whether everything that was on the topic at the first look has been read. Once true, always
   * true.
   */
  public boolean isCaughtUp() {
    return caughtUp;
  }

  /**
   * Calls back with a key whenever its value has changed or gone; a key may be any text. The
   * callback must be quick. If one fails, that is logged; the view and the other callbacks
   * continue.
   */
  public void onChange(Consumer<String> listener) {
    listeners.add(listener);
  }

  /**
   * Takes a state before the topic delivers it, for instance because this process wrote it.
   *
   * @param value null for a deletion
   */
  public void put(String key, long version, @Nullable V value) {
    var seen = new Entry<>(version, value);
    Entry<V> before = entries.get(key);
    entries.merge(key, seen, (old, late) -> old.version() > late.version() ? old : late);
    if (value == null && (before == null || before.version() < version)) {
      remember(key);
    }
    if (before == null || before.version() < version) {
      listeners.forEach(listener -> tell(listener, key));
    }
  }

  /** A client that creates and deletes keys without end must not fill every service's memory. */
  private void remember(String deletedKey) {
    deleted.add(deletedKey);
    if (deletions.incrementAndGet() > MOST_TOMBSTONES) {
      deletions.decrementAndGet();
      String oldest = deleted.remove();
      entries.computeIfPresent(oldest, (_, entry) -> entry.value() == null ? null : entry);
    }
  }

  private void tell(Consumer<String> listener, String key) {
    try {
      listener.accept(key);
    } catch (RuntimeException e) {
      // If it were thrown, this record would be read again and again, and none after it.
      log.atError()
          .addKeyValue("topic", topic)
          .setCause(e)
          .log("a callback for a config change failed");
    }
  }

  @Override
  public Loop loop() {
    return loop;
  }

  /** Starts before everything that answers requests, and stops after it. */
  @Override
  public int getPhase() {
    return 0;
  }

  private void follow(Loop loop) throws InterruptedException {
    try (var consumer = consumers.get()) {
      loop.onStop(consumer::wakeup);
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream().map(CompactedView::partition).toList();
      if (partitions.isEmpty()) {
        loop.pause(WHILE_THERE_IS_NO_TOPIC);
      } else {
        follow(consumer, partitions);
      }
    }
  }

  private void follow(
      org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
      List<TopicPartition> partitions) {
    consumer.assign(partitions);
    for (TopicPartition partition : partitions) {
      consumer.seek(partition, positions.getOrDefault(partition, 0L));
    }
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    while (!loop.isStopping()) {
      // The start waits for the view, and its records are on the broker already.
      consumer.poll(caughtUp ? POLL : FIRST_POLLS).forEach(this::apply);
      for (TopicPartition partition : partitions) {
        positions.put(partition, consumer.position(partition));
      }
      loop.well();
      if (!caughtUp
          && ends.entrySet().stream()
              .allMatch(end -> positions.getOrDefault(end.getKey(), 0L) >= end.getValue())) {
        caughtUp = true;
        log.atInfo()
            .addKeyValue("topic", topic)
            .addKeyValue("entries", entries.size())
            .log("config view caught up");
      }
    }
  }

  private void apply(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      return;
    }
    var key = new String(record.key(), UTF_8);
    try {
      if (record.value() == null) {
        put(key, tombstoneVersion(record), null);
      } else {
        V value = EventJson.read(record.value(), type);
        put(key, value.version(), value);
      }
    } catch (UnreadableRecordException | NumberFormatException e) {
      log.atError()
          .addKeyValue("topic", topic)
          .addKeyValue("partition", record.partition())
          .addKeyValue("offset", record.offset())
          .log("unreadable config record, keeping the last good value: {}", e.getMessage());
    }
  }

  private static long tombstoneVersion(ConsumerRecord<byte[], byte[]> record)
      throws UnreadableRecordException {
    return RecordHeaders.of(record.headers())
        .text(RecordHeaders.VERSION)
        .map(Long::parseLong)
        .orElseThrow(() -> new UnreadableRecordException("a tombstone without a version"));
  }

  private static TopicPartition partition(PartitionInfo info) {
    return new TopicPartition(info.topic(), info.partition());
  }
}
