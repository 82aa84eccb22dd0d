package io.tallypost.delivery.consume;

import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.Rungs;
import io.tallypost.delivery.courier.DeliveryMetrics;
import io.tallypost.kit.tracing.RecordTracing;
import java.time.InstantSource;
import org.springframework.stereotype.Component;

/** Keeps a {@link RetryLoop} running from the start of the process to its end. */
@Component
final class RetryPump extends LoopThread {
  static final String GROUP = "delivery-retry";

  private static final int MAX_POLL_RECORDS = 100;

  private final KafkaClients clients;
  private final DeliverySettings settings;
  private final DeliveryMetrics metrics;
  private final RecordTracing tracing;
  private final InstantSource clock;

  RetryPump(
      KafkaClients clients,
      DeliverySettings settings,
      DeliveryMetrics metrics,
      RecordTracing tracing,
      InstantSource clock) {
    super("delivery-retry-pump");
    this.clients = clients;
    this.settings = settings;
    this.metrics = metrics;
    this.tracing = tracing;
    this.clock = clock;
  }

  @Override
  void work() {
    try (var kept = new KeptOffsets(clients.admin(), GROUP)) {
      var consumer = clients.consumer(GROUP, MAX_POLL_RECORDS);
      var producer = clients.transactionalProducer("delivery-retry-" + settings.instance());
      try {
        Rungs rungs = settings.retry().rungs();
        new RetryLoop(consumer, producer, kept, rungs, metrics, tracing, clock, this::joined)
            .run(this::isStopping);
      } finally {
        // An open transaction ends with its producer, before somebody else reads on.
        producer.close(KafkaClients.SOON_ENOUGH);
        consumer.close(KafkaClients.SOON);
      }
    }
  }
}
