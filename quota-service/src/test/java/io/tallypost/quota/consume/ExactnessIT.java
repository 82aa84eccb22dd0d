package io.tallypost.quota.consume;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.QuotaDecided.Verdict;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.MessageId;
import io.tallypost.quota.publish.KafkaClients;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.Test;

/** The limit holds to the unit, and each approved mail is passed on once, whatever happens. */
class ExactnessIT {
  private static final int CLIENTS = 64;
  private static final int EACH = 25;
  private static final int LIMIT = 500;

  @Test
  void grantsExactlyTheLimitOverTwoProcessesWhileOneComesAndGoes() throws Exception {
    var requests = Requests.ofNewKey(LIMIT);
    try (var one = QuotaRig.start();
        var decisions = Topic.fromNowOn(Topics.DECISIONS);
        var approved = Topic.fromNowOn(Topics.APPROVED)) {
      await().until(one.listener.loop()::hasJoined);
      var two = QuotaRig.start();
      var sent = sendConcurrently(requests);
      var three = QuotaRig.start();
      two.close();
      var mine = ofThese(sent);

      await()
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> messages(decisions, mine).size() == sent.size());
      three.close();

      assertThat(granted(decisions, mine)).hasSize(LIMIT);
      assertThat(QuotaRig.charged(requests)).isEqualTo(LIMIT);
      assertThat(QuotaRig.approvedUnits(requests)).isEqualTo(LIMIT);
      var passedOn = approved.atLeast(LIMIT, mine);
      assertThat(passedOn).hasSize(LIMIT);
      assertThat(messages(approved, mine)).isEqualTo(granted(decisions, mine));
    }
  }

  @Test
  void approvesNothingTwiceWhenTheGroupsOffsetsAreGone() throws Exception {
    var requests = Requests.ofNewKey(100);
    var before = Stream.generate(() -> requests.next(1)).limit(40).toArray(SendRequested[]::new);
    var mine = ofThese(List.of(before));
    try (var approved = Topic.fromNowOn(Topics.APPROVED);
        var letters = Topic.fromNowOn(Topics.DEAD_LETTER)) {
      try (var _ = QuotaRig.start()) {
        QuotaRig.send(before);
        approved.atLeast(before.length, mine);
      }
      try (var admin = QuotaRig.admin()) {
        admin.deleteConsumerGroups(List.of(KafkaClients.GROUP)).all().get(10, TimeUnit.SECONDS);
      }
      var after = requests.next(1);
      try (var _ = QuotaRig.start()) {
        QuotaRig.send(after);
        approved.atLeast(1, after.messageId());
        awaitEverythingIsRead();
      }

      assertThat(approved.read(mine)).hasSize(before.length);
      assertThat(letters.read(record -> true)).isEmpty();
      assertThat(QuotaRig.charged(requests)).isEqualTo(before.length + 1);
    }
  }

  private static void awaitEverythingIsRead() {
    await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> {
          try (var admin = QuotaRig.admin()) {
            var committed =
                admin
                    .listConsumerGroupOffsets(KafkaClients.GROUP)
                    .partitionsToOffsetAndMetadata()
                    .get(10, TimeUnit.SECONDS);
            var ends =
                admin
                    .listOffsets(
                        committed.keySet().stream()
                            .collect(
                                Collectors.toMap(
                                    p -> p,
                                    p -> org.apache.kafka.clients.admin.OffsetSpec.latest())))
                    .all()
                    .get(10, TimeUnit.SECONDS);
            return !committed.isEmpty()
                && committed.entrySet().stream()
                    .allMatch(e ->
                        e.getValue().offset()
                            == Objects.requireNonNull(ends.get(e.getKey())).offset());
          }
        });
  }

  private static List<SendRequested> sendConcurrently(Requests requests) throws Exception {
    var sent = new ArrayList<SendRequested>();
    for (int n = 0; n < CLIENTS * EACH; n++) {
      sent.add(requests.next(1));
    }
    try (Producer<byte[], byte[]> producer = QuotaRig.producer();
        var clients = Executors.newFixedThreadPool(CLIENTS)) {
      var results = new ArrayList<java.util.concurrent.Future<?>>();
      for (int client = 0; client < CLIENTS; client++) {
        var mine = sent.subList(client * EACH, (client + 1) * EACH);
        results.add(
            clients.submit(() -> {
              for (var request : mine) {
                var _ = producer.send(QuotaRig.record(request)).get(30, TimeUnit.SECONDS);
              }
              return null;
            }));
      }
      for (var result : results) {
        var _ = result.get(60, TimeUnit.SECONDS);
      }
    }
    return sent;
  }

  private static Predicate<ConsumerRecord<byte[], byte[]>> ofThese(List<SendRequested> sent) {
    Set<String> ids = sent.stream().map(r -> r.messageId().toString()).collect(Collectors.toSet());
    return record -> record.key() != null && ids.contains(new String(record.key(), UTF_8));
  }

  private static Set<MessageId> messages(
      Topic topic, Predicate<ConsumerRecord<byte[], byte[]>> which) {
    return topic.read(which).stream()
        .map(record -> MessageId.parse(new String(record.key(), UTF_8)))
        .collect(Collectors.toSet());
  }

  private static Set<MessageId> granted(
      Topic decisions, Predicate<ConsumerRecord<byte[], byte[]>> which) {
    return decisions.read(which).stream()
        .map(Topic::verdict)
        .filter(verdict -> verdict.verdict() == Verdict.APPROVED)
        .map(verdict -> verdict.messageId())
        .collect(Collectors.toSet());
  }
}
