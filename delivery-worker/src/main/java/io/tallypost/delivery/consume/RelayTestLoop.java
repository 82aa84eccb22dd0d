package io.tallypost.delivery.consume;

import io.tallypost.delivery.KafkaClients;
import io.tallypost.events.Topics;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Tests relays when operators ask for it, in one of all workers each time. A test that is lost with
 * its worker is not repeated: the operator asks again. Why this is no listener container of
 * Spring's: docs/decisions/0013-one-kind-of-loop.md.
 */
final class RelayTestLoop implements Looping {
  private static final String GROUP = "delivery-relay-tests";
  private static final int MAX_POLL_RECORDS = 10;
  private static final int AT_ONCE = 8;
  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaClients clients;
  private final Consumer<ConsumerRecord<byte[], byte[]>> test;
  private final Loop loop;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          AT_ONCE, Thread.ofPlatform().daemon().name("relay-test-", 0).factory());

  /**
   * A loop, not started yet.
   *
   * @param test is done for each record, on a thread of its own
   */
  RelayTestLoop(KafkaClients clients, Consumer<ConsumerRecord<byte[], byte[]>> test) {
    this.clients = clients;
    this.test = test;
    this.loop = new Loop("relay-tests", LoopPolicy.waitingFor(Away.KAFKA), this::work);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public boolean joins() {
    return true;
  }

  private void work(Loop loop) {
    var consumer = clients.consumer(GROUP, MAX_POLL_RECORDS);
    try {
      consumer.subscribe(List.of(Topics.RELAY_TESTS), whenAssigned(loop));
      while (!loop.isStopping()) {
        var records = consumer.poll(POLL);
        if (!records.isEmpty()) {
          consumer.commitAsync();
          records.forEach(record -> threads.execute(() -> test.accept(record)));
        }
      }
    } finally {
      consumer.close(KafkaClients.SOON);
    }
  }

  /** It is a member once it has its partitions, or knows that it has none. */
  private static ConsumerRebalanceListener whenAssigned(Loop loop) {
    return new ConsumerRebalanceListener() {
      @Override
      public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        loop.joined();
        loop.well();
      }

      @Override
      public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        // A test is committed before it begins.
      }
    };
  }
}
