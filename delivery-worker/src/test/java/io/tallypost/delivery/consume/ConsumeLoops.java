package io.tallypost.delivery.consume;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.MockClients;
import io.tallypost.delivery.relays.Directories;
import io.tallypost.delivery.relays.GroupShare;
import io.tallypost.events.Topics;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.loop.Shutdowns;
import io.tallypost.kit.testing.LoopFaults;
import io.tallypost.kit.testing.Trouble;
import io.tallypost.mail.Lane;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

final class ConsumeLoops implements LoopFaults.Rows {
  private static final DeliverySettings SETTINGS =
      new Binder(
              new MapConfigurationPropertySource(
                  Map.of("tallypost.delivery.relay.host", "relay.test")))
          .bindOrCreate("tallypost.delivery", DeliverySettings.class);

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.concat(
        Stream.of(Lane.values())
            .map(lane ->
                LoopFaults.Row.ofBrokers("ApprovedConsumer", trouble -> approved(lane, trouble))),
        Stream.of(LoopFaults.Row.ofBrokers("RelayTestLoop", ConsumeLoops::relayTests)));
  }

  @SuppressWarnings("NullAway") // No mail gets as far as the courier.
  private static Looping approved(Lane lane, Trouble trouble) {
    return new ApprovedConsumer(
        lane,
        new MockClients(() -> trouble.consumer(Topics.approved(lane))),
        null,
        new Budget(new Budget.Limits(16, 1L << 20, 100, 100, 100), System::nanoTime),
        SETTINGS,
        new Shutdowns(new SimpleMeterRegistry(), () -> 0),
        Directories.ofNothing(),
        new GroupShare());
  }

  private static Looping relayTests(Trouble trouble) {
    return new RelayTestLoop(new MockClients(() -> trouble.consumer(Topics.RELAY_TESTS)), _ -> {});
  }
}
