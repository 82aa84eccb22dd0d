package io.tallypost.delivery.consume;

import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.courier.Courier;
import io.tallypost.delivery.relays.GroupShare;
import io.tallypost.delivery.relays.RelayDirectory;
import io.tallypost.events.Topics;
import io.tallypost.kit.metrics.Shutdowns;
import io.tallypost.mail.Lane;

/**
 * Keeps a lane's {@link ConsumeLoop} running from the start of the process to its end. Each lane
 * has its own group, so that mail waiting in one does not hold up the other.
 */
final class ApprovedConsumer extends LoopThread {
  /** Few, because they may be large. The rest of what was fetched is there for the next poll. */
  private static final int MAX_POLL_RECORDS = 16;

  private final Lane lane;
  private final KafkaClients clients;
  private final DeliverySettings settings;
  private final Shutdowns shutdowns;
  private final RelayDirectory relays;
  private final GroupShare share;
  private final InFlightWindow window;

  ApprovedConsumer(
      Lane lane,
      KafkaClients clients,
      Courier courier,
      Budget budget,
      DeliverySettings settings,
      Shutdowns shutdowns,
      RelayDirectory relays,
      GroupShare share) {
    super("delivery-" + lane.wireName());
    this.lane = lane;
    this.clients = clients;
    this.settings = settings;
    this.shutdowns = shutdowns;
    this.relays = relays;
    this.share = share;
    this.window =
        new InFlightWindow(
            InFlightWindow.Work.of(courier),
            lane,
            budget,
            sender -> relays.group(sender.tenant(), sender.mode()),
            settings.bytesInFlight() / 16);
  }

  static String group(Lane lane) {
    return switch (lane) {
      case TRANSACTIONAL -> "delivery-worker";
      case BULK -> "delivery-worker-bulk";
    };
  }

  @Override
  void work() {
    // Before all settings are known, mail could leave by another tenant's relay.
    while (!relays.isReady()) {
      if (isStopping()) {
        return;
      }
      pause();
    }
    String group = group(lane);
    try (var kept = new KeptOffsets(clients.admin(), group)) {
      var consumer = clients.consumer(group, MAX_POLL_RECORDS);
      try {
        new ConsumeLoop(
                Topics.approved(lane),
                consumer,
                kept,
                window,
                relays::servesSeveralTenants,
                settings,
                shutdowns,
                this::assigned)
            .run(this::isStopping);
      } finally {
        consumer.close(KafkaClients.SOON);
      }
    }
  }

  private void assigned(int mine, int all) {
    share.assigned(lane, mine, all);
    joined();
  }
}
