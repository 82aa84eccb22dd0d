package io.tallypost.delivery.consume;

import io.tallypost.delivery.relays.RelayTestListener;
import io.tallypost.events.Topics;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.stereotype.Component;

/**
 * Tests relays when operators ask for it, in one of all workers each time. A test that is lost with
 * its worker is not repeated: the operator asks again. Why this is no listener container of
 * Spring's: docs/decisions/0013-one-kind-of-loop.md.
 */
@Component
final class RelayTestLoop implements Looping {
  private static final String GROUP = "delivery-relay-tests";
  private static final int MAX_POLL_RECORDS = 10;
  private static final int AT_ONCE = 8;
  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaClients clients;
  private final RelayTestListener listener;
  private final Loop loop;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          AT_ONCE, Thread.ofPlatform().daemon().name("relay-test-", 0).factory());

  RelayTestLoop(KafkaClients clients, RelayTestListener listener) {
    this.clients = clients;
    this.listener = listener;
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
          records.forEach(record -> threads.execute(() -> listener.on(record)));
        }
      }
    }
  }
}
