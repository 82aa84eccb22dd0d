package io.tallypost.audit.backlog;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.operator.KafkaAnswers;
import io.tallypost.audit.operator.OperatorKafka;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.springframework.stereotype.Component;

/** Reads from Kafka what waits. It joins no group and commits nothing. */
@Component
class QueueReader {
  private static final Duration LONGEST_LOOK = Duration.ofSeconds(3);

  private final OperatorKafka kafka;
  private final AuditSettings settings;

  QueueReader(OperatorKafka kafka, AuditSettings settings) {
    this.kafka = kafka;
    this.settings = settings;
  }

  /** The queues that always exist, with the groups' names in their services. */
  List<Queue> standing() {
    return Stream.concat(
            Stream.of(
                new Queue("quota-service", Topics.REQUESTS, true),
                new Queue("delivery-worker", Topics.APPROVED, true),
                new Queue("delivery-worker-bulk", Topics.APPROVED_BULK, true)),
            Stream.of(
                    Topics.REQUESTS,
                    Topics.DECISIONS,
                    Topics.OUTCOMES,
                    Topics.DEAD_LETTER,
                    Topics.OPERATIONS)
                .map(topic -> new Queue(settings.group(), topic, false)))
        .toList();
  }

  /**
   * What waits in each queue, the retry topics among them.
   *
   * @throws KafkaException if Kafka does not answer
   */
  Map<Queue, Waiting> read() {
    try (Admin admin = kafka.admin()) {
      Set<String> topics = KafkaAnswers.get(admin.listTopics().names());
      List<Queue> queues =
          Stream.concat(
                  standing().stream().filter(queue -> topics.contains(queue.topic())),
                  topics.stream().filter(Queue::isRetryTopic).map(Queue::retry))
              .toList();
      var partitions = partitions(admin, queues);
      var ends = offsets(admin, partitions, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
      var starts = offsets(admin, partitions, OffsetSpec.earliest(), IsolationLevel.READ_COMMITTED);
      Map<Queue, Map<TopicPartition, Long>> places = places(admin, queues, starts);
      Map<Queue, Waiting> waiting = new HashMap<>();
      for (Queue queue : queues) {
        waiting.put(queue, waiting(queue, places.getOrDefault(queue, Map.of()), ends));
      }
      return waiting;
    }
  }

  private Waiting waiting(
      Queue queue, Map<TopicPartition, Long> places, Map<TopicPartition, Long> ends) {
    Map<TopicPartition, Long> behind = new HashMap<>(places);
    behind.entrySet().removeIf(place -> ends.getOrDefault(place.getKey(), 0L) <= place.getValue());
    long records =
        behind.entrySet().stream()
            .mapToLong(place -> ends.getOrDefault(place.getKey(), 0L) - place.getValue())
            .sum();
    var counted = new Waiting(records, null, null);
    return queue.holdsMail() && !behind.isEmpty() ? firsts(behind).and(counted) : counted;
  }

  /** Reads the first record behind each place. */
  private Waiting firsts(Map<TopicPartition, Long> places) {
    Set<TopicPartition> open = new HashSet<>(places.keySet());
    Waiting firsts = Waiting.NOTHING;
    try (var consumer = kafka.reader()) {
      consumer.assign(open);
      places.forEach(consumer::seek);
      long deadline = System.nanoTime() + LONGEST_LOOK.toNanos();
      while (!open.isEmpty() && System.nanoTime() < deadline) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          var partition = new TopicPartition(record.topic(), record.partition());
          if (open.remove(partition)) {
            consumer.pause(List.of(partition));
            firsts =
                firsts.and(
                    new Waiting(
                        0,
                        Instant.ofEpochMilli(record.timestamp()),
                        RecordHeaders.of(record.headers())
                            .instant(RecordHeaders.DUE_AT)
                            .orElse(null)));
          }
        }
      }
    }
    return firsts;
  }

  static Set<TopicPartition> partitions(Admin admin, Collection<Queue> queues) {
    Set<String> topics = queues.stream().map(Queue::topic).collect(Collectors.toSet());
    Set<TopicPartition> partitions = new HashSet<>();
    for (TopicDescription topic :
        KafkaAnswers.get(admin.describeTopics(topics).allTopicNames()).values()) {
      topic
          .partitions()
          .forEach(one -> partitions.add(new TopicPartition(topic.name(), one.partition())));
    }
    return partitions;
  }

  static Map<TopicPartition, Long> offsets(
      Admin admin, Set<TopicPartition> partitions, OffsetSpec which, IsolationLevel isolation) {
    Map<TopicPartition, OffsetSpec> asked =
        partitions.stream().collect(Collectors.toMap(Function.identity(), _ -> which));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    KafkaAnswers.get(admin.listOffsets(asked, new ListOffsetsOptions(isolation)).all())
        .forEach((partition, info) -> offsets.put(partition, info.offset()));
    return offsets;
  }

  /** Where each queue's group continues; without a commit, at the first record. */
  static Map<Queue, Map<TopicPartition, Long>> places(
      Admin admin, List<Queue> queues, Map<TopicPartition, Long> starts) {
    Map<Queue, Map<TopicPartition, Long>> places = new HashMap<>();
    for (Queue queue : queues) {
      List<TopicPartition> asked = new ArrayList<>(starts.keySet());
      asked.removeIf(partition -> !partition.topic().equals(queue.topic()));
      Map<TopicPartition, OffsetAndMetadata> committed =
          KafkaAnswers.get(
              admin
                  .listConsumerGroupOffsets(
                      Map.of(
                          queue.group(), new ListConsumerGroupOffsetsSpec().topicPartitions(asked)))
                  .partitionsToOffsetAndMetadata(queue.group()));
      Map<TopicPartition, Long> next = new HashMap<>();
      for (TopicPartition partition : asked) {
        OffsetAndMetadata known = committed.get(partition);
        long start = starts.getOrDefault(partition, 0L);
        next.put(partition, known == null ? start : Math.max(start, known.offset()));
      }
      places.put(queue, next);
    }
    return places;
  }
}
