package io.tallypost.delivery.consume;

import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.KafkaClients;
import io.tallypost.delivery.courier.Courier;
import io.tallypost.delivery.progress.KeptOffsets;
import io.tallypost.delivery.relays.GroupShare;
import io.tallypost.delivery.relays.RelayDirectory;
import io.tallypost.events.Topics;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.loop.Shutdowns;
import io.tallypost.mail.Lane;
import java.time.Duration;

/**
 * Keeps a lane's {@link ConsumeLoop} running from the start of the process to its end. Each lane
 * has its own group, so that mail waiting in one does not hold up the other.
 */
final class ApprovedConsumer implements Looping {
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  /** What an abandoned send needs to be written down, and the last commit. */
  private static final Duration ENDING = Duration.ofSeconds(15);

  private final Lane lane;
  private final KafkaClients clients;
  private final DeliverySettings settings;
  private final Shutdowns shutdowns;
  private final RelayDirectory relays;
  private final GroupShare share;
  private final InFlightWindow window;
  private final Loop loop;

  ApprovedConsumer(
      Lane lane,
      KafkaClients clients,
      Courier courier,
      Budget budget,
      DeliverySettings settings,
      Shutdowns shutdowns,
      RelayDirectory relays,
      GroupShare share) {
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
    this.loop =
        new Loop(
            "delivery-" + lane.wireName(),
            LoopPolicy.waitingFor(Away.KAFKA)
                .draining(settings.revokeTimeout().plus(settings.drainTimeout()).plus(ENDING)),
            this::work);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public boolean joins() {
    return true;
  }

  static String group(Lane lane) {
    return switch (lane) {
      case TRANSACTIONAL -> "delivery-worker";
      case BULK -> "delivery-worker-bulk";
    };
  }

  private void work(Loop loop) throws InterruptedException {
    // Before all settings are known, mail could leave by another tenant's relay.
    while (!relays.isReady()) {
      if (loop.isStopping()) {
        return;
      }
      loop.pause(BETWEEN_LOOKS);
    }
    String group = group(lane);
    try (var kept = new KeptOffsets(clients.admin(), group)) {
      var consumer = clients.consumer(group, ConsumeLoop.RECORDS_A_POLL);
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
            .run(loop::isStopping);
      } finally {
        consumer.close(KafkaClients.SOON);
      }
    }
  }

  private void assigned(int mine, int all) {
    share.assigned(lane, mine, all);
    loop.joined();
    loop.well();
  }
}
