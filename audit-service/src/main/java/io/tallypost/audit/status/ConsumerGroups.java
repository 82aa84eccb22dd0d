package io.tallypost.audit.status;

import io.tallypost.audit.operator.OperatorKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.springframework.stereotype.Component;

/** Asks Kafka who reads, and how far. */
@Component
class ConsumerGroups {
  /** For each request; somebody waits for the answer. */
  private static final long PATIENCE_SECONDS = 2;

  /** A replay's progress is the offset of a group that nobody reads with. */
  private static final String REPLAYS = "replay-";

  /** The second copy of the workers' offsets, which nobody reads with either. */
  private static final String COPIES = ".kept";

  private final OperatorKafka kafka;

  ConsumerGroups(OperatorKafka kafka) {
    this.kafka = kafka;
  }

  /**
   * Asks.
   *
   * @throws KafkaException if Kafka does not answer in time
   */
  List<SystemStatus.ConsumerGroup> all() {
    Admin admin = kafka.admin();
    try {
      List<String> names =
          answer(admin.listGroups().all()).stream()
              .map(GroupListing::groupId)
              .filter(name -> !name.startsWith(REPLAYS) && !name.endsWith(COPIES))
              .toList();
      var described = admin.describeConsumerGroups(names).all();
      var committed =
          admin
              .listConsumerGroupOffsets(
                  names.stream()
                      .collect(
                          Collectors.toMap(
                              Function.identity(), name -> new ListConsumerGroupOffsetsSpec())))
              .all();
      Map<String, Map<TopicPartition, OffsetAndMetadata>> offsets = answer(committed);
      Map<TopicPartition, Long> ends =
          ends(admin, offsets.values().stream().flatMap(map -> map.keySet().stream()).toList());
      Map<String, ConsumerGroupDescription> groups = answer(described);
      return groups.values().stream()
          .sorted(Comparator.comparing(ConsumerGroupDescription::groupId))
          .map(group -> group(group, offsets.getOrDefault(group.groupId(), Map.of()), ends))
          .toList();
    } finally {
      // A graceful close would wait for the open requests.
      admin.close(Duration.ZERO);
    }
  }

  private static Map<TopicPartition, Long> ends(Admin admin, Collection<TopicPartition> of) {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    of.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
    var asked = admin.listOffsets(latest);
    Map<TopicPartition, Long> ends = new HashMap<>();
    latest
        .keySet()
        .forEach(partition -> {
          try {
            ends.put(partition, answer(asked.partitionResult(partition)).offset());
          } catch (KafkaException e) {
            // The topic is gone, but its group's offsets are not.
            if (e.getCause() instanceof TimeoutException) {
              throw e;
            }
          }
        });
    return ends;
  }

  private static SystemStatus.ConsumerGroup group(
      ConsumerGroupDescription group,
      Map<TopicPartition, OffsetAndMetadata> committed,
      Map<TopicPartition, Long> ends) {
    Map<String, List<Long>> byTopic = new TreeMap<>();
    committed.forEach((partition, offset) -> {
      Long end = ends.get(partition);
      if (offset != null && end != null) {
        byTopic
            .computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
            .add(Math.max(0, end - offset.offset()));
      }
    });
    List<SystemStatus.GroupTopic> topics =
        byTopic.entrySet().stream()
            .map(topic ->
                new SystemStatus.GroupTopic(
                    topic.getKey(), topic.getValue().size(), sum(topic.getValue())))
            .toList();
    return new SystemStatus.ConsumerGroup(
        group.groupId(),
        group.groupState().name().toLowerCase(Locale.ROOT),
        group.members().stream()
            .map(member ->
                new SystemStatus.GroupMember(
                    member.clientId(), member.host(), member.assignment().topicPartitions().size()))
            .toList(),
        topics.stream().mapToLong(SystemStatus.GroupTopic::backlog).sum(),
        topics);
  }

  private static long sum(List<Long> numbers) {
    return numbers.stream().mapToLong(Long::longValue).sum();
  }

  private static <T> T answer(KafkaFuture<T> asked) {
    try {
      return asked.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new KafkaException(
          "no answer about the groups", e instanceof ExecutionException ? e.getCause() : e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("no answer about the groups", e);
    }
  }
}
