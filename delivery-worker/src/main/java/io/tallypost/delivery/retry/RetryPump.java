package io.tallypost.delivery.retry;

import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.KafkaClients;
import io.tallypost.delivery.Rungs;
import io.tallypost.delivery.courier.DeliveryMetrics;
import io.tallypost.delivery.progress.KeptOffsets;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.tracing.RecordTracing;
import java.time.InstantSource;

/** Keeps a {@link RetryLoop} running from the start of the process to its end. */
final class RetryPump implements Looping {
  static final String GROUP = "delivery-retry";

  private static final int MAX_POLL_RECORDS = 100;

  private final KafkaClients clients;
  private final DeliverySettings settings;
  private final DeliveryMetrics metrics;
  private final RecordTracing tracing;
  private final InstantSource clock;
  private final Loop loop;

  RetryPump(
      KafkaClients clients,
      DeliverySettings settings,
      DeliveryMetrics metrics,
      RecordTracing tracing,
      InstantSource clock) {
    this.clients = clients;
    this.settings = settings;
    this.metrics = metrics;
    this.tracing = tracing;
    this.clock = clock;
    this.loop = new Loop("delivery-retry-pump", LoopPolicy.waitingFor(Away.KAFKA), this::work);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public boolean joins() {
    return true;
  }

  private void joined() {
    loop.joined();
    loop.well();
  }

  private void work(Loop loop) {
    try (var kept = new KeptOffsets(clients.admin(), GROUP)) {
      var consumer = clients.retries(GROUP, MAX_POLL_RECORDS);
      var producer = clients.transactionalProducer("delivery-retry-" + settings.instance());
      try {
        Rungs rungs = settings.retry().rungs();
        new RetryLoop(consumer, producer, kept, rungs, metrics, tracing, clock, this::joined)
            .run(loop::isStopping);
      } finally {
        // An open transaction ends with its producer, before somebody else reads on.
        producer.close(KafkaClients.SOON_ENOUGH);
        consumer.close(KafkaClients.SOON);
      }
    }
  }
}
