package io.tallypost.delivery;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.kit.testing.Backends;
import io.tallypost.stack.smtp.SmtpSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A worker works on while a rebalance waits for a member that is dead, and nothing is committed.
 */
class RebalanceIT {
  private static final String GROUP = "delivery-worker";

  private final SmtpSink sink = SmtpSink.start();
  private final Queues queues = new Queues();
  private final List<SendRequested> sent = new ArrayList<>();

  @AfterEach
  void close() {
    queues.close();
    sink.close();
  }

  @Test
  void whoTakesOverSkipsWhatWasFinishedMeanwhile() {
    Left left = dieInARebalance();
    assertThat(left.kept().offset()).isGreaterThan(left.committed().offset());

    left.restore();
    work(left);
    assertThat(received()).as("sent again").isZero();

    // Unless the group was reset by hand since.
    left.restore();
    left.offsets().write(new OffsetAndMetadata(left.committed().offset() - 1));
    work(left);
    assertThat(received())
        .as("sent again")
        .isEqualTo(left.kept().offset() - left.committed().offset() + 1);
  }

  /** What a worker leaves that dies while a rebalance waits for another one. */
  private Left dieInARebalance() {
    try (var worker = WorkerUnderTest.start(sink);
        KafkaConsumer<byte[], byte[]> stuck = member();
        KafkaConsumer<byte[], byte[]> next = member()) {
      await().until(() -> isAssigned(stuck));
      TopicPartition partition =
          IntStream.range(0, 4)
              .mapToObj(number -> new TopicPartition(Topics.APPROVED, number))
              .filter(one -> !stuck.assignment().contains(one))
              .findFirst()
              .orElseThrow();
      var offsets = new GroupOffsets(GROUP, partition);
      var kept = new GroupOffsets(GROUP + ".kept", partition);
      long first = send(partition);
      // Nothing is committed while a member that joined later waits for this one.
      await()
          .until(() -> {
            stuck.poll(Duration.ofMillis(100));
            return offsets.read().offset() == first + 1;
          });

      // It does not poll any more, so that this one's rebalance waits for it.
      CompletableFuture<Void> joining = CompletableFuture.runAsync(() -> join(next));
      await()
          .until(() -> {
            send(partition);
            // Not what an earlier rebalance has left there.
            return kept.read().metadata().startsWith("ahead-of=")
                && kept.read().offset() > offsets.read().offset();
          });
      long last = send(partition);
      await().until(() -> kept.read().offset() == last + 1);
      var left = new Left(offsets, offsets.read(), kept, kept.read());
      assertThat(worker.isAlive()).isTrue();
      next.wakeup();
      joining.join();
      // Left to itself it waits for the end of the rebalance.
      next.close(CloseOptions.timeout(Duration.ofSeconds(1)));
      return left;
    }
  }

  private record Left(
      GroupOffsets offsets,
      OffsetAndMetadata committed,
      GroupOffsets keptOffsets,
      OffsetAndMetadata kept) {
    void restore() {
      offsets.write(committed);
      keptOffsets.write(kept);
    }
  }

  /** Another worker, until it has nothing left to do. */
  private void work(Left left) {
    sink.inbox().clear();
    try (var worker = WorkerUnderTest.start(sink)) {
      await().until(() -> left.offsets().read().offset() == left.kept().offset());
      assertThat(worker.isAlive()).isTrue();
    }
  }

  private static boolean isAssigned(KafkaConsumer<?, ?> member) {
    member.poll(Duration.ofMillis(100));
    return !member.assignment().isEmpty();
  }

  private static void join(KafkaConsumer<?, ?> member) {
    try {
      member.poll(Duration.ofMinutes(1));
    } catch (WakeupException enough) {
      // That is what it waits for.
    }
  }

  private static KafkaConsumer<byte[], byte[]> member() {
    var member =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                Backends.kafka(),
                "group.id",
                GROUP,
                "enable.auto.commit",
                false,
                "partition.assignment.strategy",
                CooperativeStickyAssignor.class.getName()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    member.subscribe(List.of(Topics.APPROVED));
    return member;
  }

  private long send(TopicPartition partition) {
    SendRequested request = Examples.nextSendRequested(Examples.mailTo(Examples.BOB), 10);
    sent.add(request);
    byte[] key = request.messageId().toString().getBytes(UTF_8);
    return queues
        .put(
            new ProducerRecord<>(
                partition.topic(), partition.partition(), key, EventJson.write(request)))
        .offset();
  }

  /** How many of the mails sent here the sink has. */
  private long received() {
    return sink.inbox().mails().stream()
        .map(mail -> new String(mail.raw(), UTF_8))
        .filter(mail -> sent.stream().anyMatch(one -> mail.contains(one.messageId().toString())))
        .count();
  }
}
