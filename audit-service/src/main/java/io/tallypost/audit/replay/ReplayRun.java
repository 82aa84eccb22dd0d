package io.tallypost.audit.replay;

import io.tallypost.audit.deadletter.Letters;
import io.tallypost.audit.operator.KafkaAnswers;
import io.tallypost.audit.operator.OperatorKafka;
import io.tallypost.audit.replay.ReplayRecords.Replay;
import io.tallypost.events.Topics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;

/**
 * One process's work on one job, chunk by chunk. A chunk's records, the operations that tell of
 * them and the job's progress are one Kafka transaction; PostgreSQL follows. Why each letter goes
 * out once, wherever the process ends:
 *
 * <ul>
 *   <li><b>Before Kafka's commit</b>: the successor has the same transactional id, and opening it
 *       aborts the transaction and shuts this process out. The chunk is repeated.
 *   <li><b>Between Kafka's commit and PostgreSQL's</b>: the successor reads the progress from
 *       Kafka, records it in PostgreSQL and goes on behind it. The progress is never more than one
 *       chunk ahead.
 *   <li><b>A process that was believed dead and goes on</b>: Kafka refuses its transaction, or
 *       PostgreSQL its progress, which somebody else has recorded.
 * </ul>
 *
 * <p>The progress is the offset of a group without members, on the first partition of {@code
 * mail.operations.v1}: audit's topic, which every chunk writes to and which exists as long as the
 * job's letters. Nobody reads from that offset.
 */
final class ReplayRun implements AutoCloseable {
  static final TopicPartition PLACE = new TopicPartition(Topics.OPERATIONS, 0);

  private final UUID job;
  private final UUID runner;
  private final ReplayJobs jobs;
  private final Letters letters;
  private final ReplayRecords records;
  private final OperatorKafka kafka;
  private final ReplayMetrics metrics;
  private final InstantSource clock;

  private @Nullable Producer<byte[], byte[]> producer;
  private @Nullable ConsumerGroupMetadata group;
  private Set<String> topics = Set.of();

  /** Up to here letters go one by one, because one of them is too large. */
  private int singly;

  /**
   * A run.
   *
   * @param runner who has leased the job
   */
  ReplayRun(
      UUID job,
      UUID runner,
      ReplayJobs jobs,
      Letters letters,
      ReplayRecords records,
      OperatorKafka kafka,
      ReplayMetrics metrics,
      InstantSource clock) {
    this.job = job;
    this.runner = runner;
    this.jobs = jobs;
    this.letters = letters;
    this.records = records;
    this.kafka = kafka;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** What goes out together. */
  record Chunk(int from, Progress done, List<Replay> replays) {}

  /**
   * Fences any predecessor and takes over its progress.
   *
   * @throws KafkaException if Kafka does not answer
   * @throws org.springframework.dao.DataAccessException if PostgreSQL does not answer
   * @throws ReplayJobs.LostLeaseException if somebody else has the job
   */
  void open() {
    // A runner that has lost the job meanwhile must not fence the one that has it.
    jobs.renew(job, runner);
    group = kafka.groupWithoutMembers(ReplayJob.nameOf(job));
    producer = kafka.transactional(ReplayJob.nameOf(job));
    try (Admin admin = kafka.admin()) {
      Optional<Progress> published = published(admin);
      topics = KafkaAnswers.get(admin.listTopics().names());
      int recorded = jobs.renew(job, runner).progress();
      published
          .filter(done -> done.position() > recorded)
          .ifPresent(done -> jobs.advance(job, runner, recorded, done));
    }
  }

  /**
   * Does the next chunk, or ends the job.
   *
   * @return how long the chunk's letters take at the job's rate; empty if there is nothing to do
   *     now
   */
  Optional<Duration> step() {
    ReplayJob now = jobs.renew(job, runner);
    switch (now.state()) {
      case RUNNING -> {}
      case PAUSED, DONE -> {
        return Optional.empty();
      }
      case CANCELLED -> {
        finish(now, ReplayState.CANCELLED);
        return Optional.empty();
      }
    }
    if (now.progress() >= now.claimed()) {
      finish(now, ReplayState.DONE);
      return Optional.empty();
    }
    Chunk chunk = publish(next(now));
    record(chunk);
    return Optional.of(
        Duration.ofSeconds(1).multipliedBy(chunk.replays().size()).dividedBy(now.ratePerSecond()));
  }

  /** Reads the next chunk. */
  Chunk next(ReplayJob now) {
    int from = now.progress();
    // A rate of 1 makes chunks of one letter.
    int last = ChunkSize.last(from, now.claimed(), from < singly ? 1 : now.ratePerSecond());
    int to = ChunkSize.fitting(from, last, letters.sizes(job, from, last));
    Set<Integer> skipped =
        IntStream.rangeClosed(from + 1, to).boxed().collect(Collectors.toCollection(TreeSet::new));
    List<Replay> replays = new ArrayList<>();
    for (Letters.Claimed claimed : letters.claimed(job, from, to)) {
      records
          .of(claimed, now, topics, clock.instant())
          .ifPresent(replay -> {
            replays.add(replay);
            skipped.remove(claimed.position());
          });
    }
    return new Chunk(from, new Progress(to, List.copyOf(skipped)), replays);
  }

  /** Publishes it, with the progress; letters that are too large for Kafka are left out. */
  Chunk publish(Chunk chunk) {
    try {
      commit(chunk);
      return chunk;
    } catch (KafkaException e) {
      if (!isTooLarge(e)) {
        throw e;
      }
      producer().abortTransaction();
      if (chunk.replays().size() == 1) {
        var without = new Chunk(chunk.from(), all(chunk), List.of());
        commit(without);
        return without;
      }
      // Nothing is done yet: the next steps take the same letters one by one.
      singly = chunk.done().position();
      return new Chunk(chunk.from(), new Progress(chunk.from(), List.of()), List.of());
    }
  }

  private void commit(Chunk chunk) {
    begin(chunk);
    producer().commitTransaction();
  }

  /** All of it but the commit. */
  void begin(Chunk chunk) {
    producer().beginTransaction();
    OperatorKafka.send(
        producer(),
        chunk.replays().stream()
            .flatMap(replay -> Stream.of(replay.record(), replay.operation()))
            .toList());
    producer()
        .sendOffsetsToTransaction(
            Map.of(PLACE, chunk.done().written()), Objects.requireNonNull(group, "open"));
  }

  /** Records the published chunk in PostgreSQL. */
  void record(Chunk chunk) {
    chunk.replays().forEach(replay -> metrics.replayed(replay.letter()));
    if (chunk.done().position() > chunk.from()) {
      jobs.advance(job, runner, chunk.from(), chunk.done());
    }
  }

  private static Progress all(Chunk chunk) {
    return new Progress(
        chunk.done().position(),
        IntStream.rangeClosed(chunk.from() + 1, chunk.done().position()).boxed().toList());
  }

  private void finish(ReplayJob now, ReplayState state) {
    jobs.finish(now, runner, state);
    try (Admin admin = kafka.admin()) {
      KafkaAnswers.get(admin.deleteConsumerGroups(List.of(ReplayJob.nameOf(job))).all());
    } catch (KafkaException e) {
      // It is no longer needed, and expires by itself.
    }
  }

  private Optional<Progress> published(Admin admin) {
    String name = ReplayJob.nameOf(job);
    // Stable: waits for the offsets of a transaction that is being completed.
    Map<TopicPartition, OffsetAndMetadata> committed =
        KafkaAnswers.get(
            admin
                .listConsumerGroupOffsets(
                    Map.of(
                        name, new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(PLACE))),
                    new ListConsumerGroupOffsetsOptions().requireStable(true))
                .partitionsToOffsetAndMetadata(name));
    return Optional.ofNullable(committed.get(PLACE)).map(Progress::read);
  }

  private static boolean isTooLarge(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RecordTooLargeException) {
        return true;
      }
    }
    return false;
  }

  private Producer<byte[], byte[]> producer() {
    return Objects.requireNonNull(producer, "open");
  }

  /** Without waiting: the successor or the timeout aborts an open transaction. */
  @Override
  public void close() {
    if (producer != null) {
      producer.close(Duration.ZERO);
    }
  }
}
