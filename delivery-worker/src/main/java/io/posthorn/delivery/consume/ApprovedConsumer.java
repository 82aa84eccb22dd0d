package io.posthorn.delivery.consume;

import io.posthorn.delivery.Courier;
import io.posthorn.delivery.DeliveryMetrics;
import io.posthorn.delivery.DeliverySettings;
import org.springframework.stereotype.Component;

/** Keeps a {@link ConsumeLoop} running from the start of the process to its end. */
@Component
final class ApprovedConsumer extends LoopThread {
  static final String GROUP = "delivery-worker";

  private static final int MAX_POLL_RECORDS = 128;

  private final KafkaClients clients;
  private final DeliverySettings settings;
  private final DeliveryMetrics metrics;
  private final InFlightWindow window;

  ApprovedConsumer(
      KafkaClients clients, Courier courier, DeliverySettings settings, DeliveryMetrics metrics) {
    super("delivery-consumer");
    this.clients = clients;
    this.settings = settings;
    this.metrics = metrics;
    this.window = new InFlightWindow(courier, settings.maxInFlight());
    metrics.observeInFlight(window::inFlight);
  }

  @Override
  void work() {
    var consumer = clients.consumer(GROUP, MAX_POLL_RECORDS);
    try {
      new ConsumeLoop(consumer, window, settings, metrics, this::joined).run(this::isStopping);
    } finally {
      consumer.close(KafkaClients.SOON);
    }
  }
}
