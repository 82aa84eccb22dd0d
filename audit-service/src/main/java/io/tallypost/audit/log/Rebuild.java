package io.tallypost.audit.log;

import io.tallypost.audit.AuditServiceApplication;
import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.operator.KafkaAnswers;
import io.tallypost.audit.operator.OperatorKafka;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * With {@code --rebuild}: deletes all projected rows, lets the consumer read the topics from their
 * beginning, and ends the process when it reaches their ends as of the start. If it is stopped
 * before, the next start continues, with or without the argument.
 */
@Component
class Rebuild implements SmartLifecycle, ApplicationRunner {
  private static final Logger log = LoggerFactory.getLogger(Rebuild.class);
  private static final Duration LOOK = Duration.ofMillis(200);
  private static final int LOOKS_BETWEEN_LINES = 50;

  private final ApplicationArguments arguments;
  private final ConfigurableApplicationContext service;

  /** Not the bean itself: what this one depends on would be started before it. */
  private final ObjectProvider<AuditConsumer> consumer;

  private final AuditSettings settings;
  private final OperatorKafka kafka;
  private final UnreadableRecords unreadable;
  private final ProjectedTables tables;
  private volatile Map<TopicPartition, Long> ends = Map.of();
  private volatile long began;

  Rebuild(
      ApplicationArguments arguments,
      ConfigurableApplicationContext service,
      ObjectProvider<AuditConsumer> consumer,
      AuditSettings settings,
      OperatorKafka kafka,
      UnreadableRecords unreadable,
      ProjectedTables tables) {
    this.arguments = arguments;
    this.service = service;
    this.consumer = consumer;
    this.settings = settings;
    this.kafka = kafka;
    this.unreadable = unreadable;
    this.tables = tables;
  }

  @Override
  public boolean isAutoStartup() {
    return arguments.containsOption(AuditServiceApplication.REBUILD);
  }

  /** Before the consumer. */
  @Override
  public int getPhase() {
    return 0;
  }

  /**
   * Forgets.
   *
   * @throws IllegalStateException if the service runs elsewhere, or a replay does; nothing is
   *     forgotten then
   */
  @Override
  public void start() {
    tables.requireNoReplay();
    began = System.nanoTime();
    try (Admin admin = kafka.admin()) {
      Map<TopicPartition, Long> handled = committed(admin);
      Map<TopicPartition, Long> end = ends(admin);
      forgetOffsets(admin);
      unreadable.handledBefore(handled);
      ends = end;
    }
    tables.empty();
    log.atInfo().addKeyValue("group", settings.group()).log("the log is empty, reading the topics");
  }

  @Override
  public boolean isRunning() {
    return !ends.isEmpty();
  }

  @Override
  public void stop() {
    ends = Map.of();
  }

  /**
   * Waits for the consumer, and ends the service.
   *
   * @throws IllegalStateException if the consumer has died
   */
  @Override
  public void run(ApplicationArguments given) throws InterruptedException {
    if (!isRunning()) {
      return;
    }
    try (Admin admin = kafka.admin()) {
      for (int look = 1; left(admin) > 0; look++) {
        if (!consumer.getObject().loop().isAlive()) {
          throw new IllegalStateException("the audit loop died: its error is logged above");
        }
        if (look % LOOKS_BETWEEN_LINES == 0) {
          log.atInfo().addKeyValue("left", left(admin)).log("reading the topics");
        }
        Thread.sleep(LOOK);
      }
    }
    if (!isRunning()) {
      // It was stopped, and nothing is left to read of nothing.
      return;
    }
    log.atInfo()
        .addKeyValue("duration_ms", Duration.ofNanos(System.nanoTime() - began).toMillis())
        .log("the log is rebuilt");
    service.close();
  }

  /** The offsets that are left to read; more than 0 while Kafka does not answer. */
  private long left(Admin admin) {
    try {
      Map<TopicPartition, Long> committed = committed(admin);
      return ends.entrySet().stream()
          .mapToLong(end -> Math.max(0, end.getValue() - committed.getOrDefault(end.getKey(), 0L)))
          .sum();
    } catch (KafkaException e) {
      log.atWarn().setCause(e).log("Kafka cannot be asked how far it is, trying again");
      return Long.MAX_VALUE;
    }
  }

  private void forgetOffsets(Admin admin) {
    try {
      KafkaAnswers.get(admin.deleteConsumerGroups(List.of(settings.group())).all());
    } catch (GroupIdNotFoundException e) {
      // It has never read anything here.
    } catch (GroupNotEmptyException e) {
      throw new IllegalStateException(
          "a process of the group %s is running, or ended less than a minute ago: stop all audit-service processes and try again"
              .formatted(settings.group()),
          e);
    }
  }

  private Map<TopicPartition, Long> committed(Admin admin) {
    Map<TopicPartition, Long> committed = new HashMap<>();
    Map<TopicPartition, OffsetAndMetadata> known =
        KafkaAnswers.get(
            admin.listConsumerGroupOffsets(settings.group()).partitionsToOffsetAndMetadata());
    known.forEach((partition, offset) -> {
      if (offset != null) {
        committed.put(partition, offset.offset());
      }
    });
    return committed;
  }

  private static Map<TopicPartition, Long> ends(Admin admin) {
    Map<TopicPartition, OffsetSpec> latest =
        KafkaAnswers.get(admin.describeTopics(AuditMetrics.TOPICS).allTopicNames())
            .values()
            .stream()
            .flatMap(Rebuild::partitions)
            .collect(Collectors.toMap(Function.identity(), partition -> OffsetSpec.latest()));
    Map<TopicPartition, Long> ends = new HashMap<>();
    KafkaAnswers.get(admin.listOffsets(latest).all())
        .forEach((partition, end) -> ends.put(partition, end.offset()));
    return ends;
  }

  private static Stream<TopicPartition> partitions(TopicDescription topic) {
    return topic.partitions().stream()
        .map(partition -> new TopicPartition(topic.name(), partition.partition()));
  }
}
