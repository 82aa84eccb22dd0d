package io.tallypost.audit.backlog;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Measures four times a minute what waits in Kafka. All replicas see the same, so take their
 * maximum, not the sum. While Kafka does not answer, the last numbers stay.
 *
 * <ul>
 *   <li>{@code tallypost_consumer_lag_records{group,topic}}: what a group has not read; workers
 *       read out of order, and count from the first that they have not finished.
 *   <li>{@code tallypost_messages_pending}: the sum of those for quota, delivery and retries.
 *   <li>{@code tallypost_oldest_waiting_seconds{topic}}: the age of the first unfinished record of
 *       a queue; in a retry topic it waits on purpose.
 *   <li>{@code tallypost_retry_next_due_seconds{topic}}: the time until the next mail of a retry
 *       topic is due; negative if it is late.
 * </ul>
 */
@Component
class BacklogLoop implements Looping {
  private static final Duration EVERY = Duration.ofSeconds(15);

  private final QueueReader reader;
  private final MeterRegistry registry;
  private final InstantSource clock;
  private final Set<Queue> shown = ConcurrentHashMap.newKeySet();
  private volatile Map<Queue, Waiting> waiting = Map.of();
  private final Loop loop;

  BacklogLoop(QueueReader reader, MeterRegistry registry, InstantSource clock) {
    this.reader = reader;
    this.registry = registry;
    this.clock = clock;
    this.loop = Loop.every(EVERY, "backlog", Away.KAFKA, this::look);
    gauge(
        "tallypost.messages.pending",
        "Mail that waits in a queue",
        Tags.empty(),
        BacklogLoop::pending);
    reader.standing().forEach(this::show);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  void look() {
    Map<Queue, Waiting> now = reader.read();
    waiting = now;
    now.keySet().forEach(this::show);
  }

  private void show(Queue queue) {
    if (!shown.add(queue)) {
      return;
    }
    gauge(
        "tallypost.consumer.lag.records",
        "Records that a group has not read",
        Tags.of("group", queue.group(), "topic", queue.topic()),
        backlog -> backlog.of(queue).records());
    if (queue.holdsMail()) {
      gauge(
          "tallypost.oldest.waiting.seconds",
          "How long the first unfinished record of a queue has been there",
          Tags.of("topic", queue.topic()),
          backlog -> backlog.secondsTo(backlog.of(queue).since(), -1));
    }
    if (queue.isRetry()) {
      gauge(
          "tallypost.retry.next.due.seconds",
          "In how long the next mail is due; below zero it is late",
          Tags.of("topic", queue.topic()),
          backlog -> backlog.secondsTo(backlog.of(queue).dueAt(), 1));
    }
  }

  private void gauge(
      String name, String description, Tags tags, ToDoubleFunction<BacklogLoop> value) {
    Gauge.builder(name, this, value).description(description).tags(tags).register(registry);
  }

  private Waiting of(Queue queue) {
    return waiting.getOrDefault(queue, Waiting.NOTHING);
  }

  private double pending() {
    return waiting.entrySet().stream()
        .filter(queue -> queue.getKey().holdsMail())
        .mapToLong(queue -> queue.getValue().records())
        .sum();
  }

  private double secondsTo(@Nullable Instant time, int direction) {
    return time == null
        ? 0
        : direction * Duration.between(clock.instant(), time).toMillis() / 1000.0;
  }
}
