package io.tallypost.audit.backlog;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.operator.OperatorKafka;
import io.tallypost.events.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.springframework.stereotype.Component;

/**
 * How far the log is behind the topics with results. What its group has committed is in the log; a
 * mail's delivery may be among the rest.
 */
@Component
public class LogBacklog {
  /** A log that keeps up has each record within half a second. */
  private static final Duration A_MOMENT = Duration.ofSeconds(3);

  private static final long BETWEEN_LOOKS_MS = 100;

  private final OperatorKafka kafka;
  private final List<Queue> queues;

  LogBacklog(OperatorKafka kafka, AuditSettings settings) {
    this.kafka = kafka;
    this.queues =
        Stream.of(Topics.DECISIONS, Topics.OUTCOMES, Topics.DEAD_LETTER, Topics.OPERATIONS)
            .map(topic -> new Queue(settings.group(), topic, false))
            .toList();
  }

  /**
   * How many offsets are not in the log now; with mail under way there are always some.
   *
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
   */
  public long now() {
    return left(Duration.ZERO);
  }

  /**
   * How many of the present offsets are still not in the log a moment later: 0 unless it is behind.
   *
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
   */
  public long afterAMoment() {
    return left(A_MOMENT);
  }

  private long left(Duration patience) {
    long start = System.nanoTime();
    try (Admin admin = kafka.admin()) {
      var partitions = QueueReader.partitions(admin, queues);
      // What an open transaction hides from readers is written too.
      var ends =
          QueueReader.offsets(
              admin, partitions, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED);
      var starts =
          QueueReader.offsets(
              admin, partitions, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED);
      while (true) {
        long left = left(ends, QueueReader.places(admin, queues, starts));
        if (left == 0 || System.nanoTime() - start >= patience.toNanos()) {
          return left;
        }
        TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MS);
      }
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private static long left(
      Map<TopicPartition, Long> ends, Map<Queue, Map<TopicPartition, Long>> places) {
    return places.values().stream()
        .flatMap(next -> next.entrySet().stream())
        .mapToLong(next -> Math.max(0, ends.getOrDefault(next.getKey(), 0L) - next.getValue()))
        .sum();
  }
}
