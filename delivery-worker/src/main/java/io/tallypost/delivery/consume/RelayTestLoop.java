package io.tallypost.delivery.consume;

import io.tallypost.delivery.relays.RelayTester;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
import io.tallypost.relays.RelayTestRequested;
import io.tallypost.relays.RelayTested;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.core.ProducerFactory;
import org.springframework.stereotype.Component;

/**
 * Tests relays when operators ask for it, in one of all workers each time. A test that is lost with
 * its worker is not repeated: the operator asks again.
 */
@Component
final class RelayTestLoop implements Looping {
  private static final Logger log = LoggerFactory.getLogger(RelayTestLoop.class);
  private static final String GROUP = "delivery-relay-tests";
  private static final int MAX_POLL_RECORDS = 10;
  private static final int AT_ONCE = 8;
  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaClients clients;
  private final RelayTester tester;
  private final Producer<byte[], byte[]> producer;
  private final Loop loop;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          AT_ONCE, Thread.ofPlatform().daemon().name("relay-test-", 0).factory());

  RelayTestLoop(
      KafkaClients clients, RelayTester tester, ProducerFactory<byte[], byte[]> producers) {
    this.clients = clients;
    this.tester = tester;
    this.producer = producers.createProducer();
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
    try (var consumer = clients.consumer(GROUP, MAX_POLL_RECORDS)) {
      consumer.subscribe(List.of(Topics.RELAY_TESTS));
      loop.joined();
      while (!loop.isStopping()) {
        var records = consumer.poll(POLL);
        loop.well();
        if (!records.isEmpty()) {
          consumer.commitAsync();
          records.forEach(record -> threads.execute(() -> test(record)));
        }
      }
    }
  }

  private void test(ConsumerRecord<byte[], byte[]> record) {
    try {
      var test = EventJson.read(record.value(), RelayTestRequested.class);
      if (tester.isWanted(test)) {
        answer(record, tester.test(test));
      }
    } catch (UnreadableRecordException e) {
      log.atWarn()
          .addKeyValue("partition", record.partition())
          .addKeyValue("offset", record.offset())
          .log("unreadable relay test skipped: {}", e.getMessage());
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("relay test failed unexpectedly");
    }
  }

  private void answer(ConsumerRecord<byte[], byte[]> asked, RelayTested result) {
    var headers = RecordHeaders.copyOf(asked.headers()).toKafka();
    var answer =
        new ProducerRecord<>(
            Topics.RELAY_TEST_RESULTS, null, asked.key(), EventJson.write(result), headers);
    // The operator who waits for it asks again.
    var _ =
        producer.send(
            answer,
            (_, failure) -> {
              if (failure != null) {
                log.atWarn().setCause(failure).log("result of a relay test not written");
              }
            });
  }
}
