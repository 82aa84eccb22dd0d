package io.tallypost.delivery.consume;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.courier.DeliveryMetrics;
import io.tallypost.delivery.relays.Directories;
import io.tallypost.delivery.relays.GroupShare;
import io.tallypost.events.Topics;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.loop.Shutdowns;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.testing.LoopFaults;
import io.tallypost.kit.testing.Trouble;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.mail.Lane;
import java.time.InstantSource;
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
        Stream.of(
            LoopFaults.Row.ofBrokers("RetryPump", ConsumeLoops::retries),
            LoopFaults.Row.ofBrokers("RelayTestLoop", ConsumeLoops::relayTests)));
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

  private static Looping retries(Trouble trouble) {
    return new RetryPump(
        new MockClients(() -> trouble.consumer("mail.retry.30s.v1")),
        SETTINGS,
        new DeliveryMetrics(new SimpleMeterRegistry(), new LabelValues(100)),
        new RecordTracing(Tracer.NOOP, Propagator.NOOP),
        InstantSource.system());
  }

  private static Looping relayTests(Trouble trouble) {
    return new RelayTestLoop(new MockClients(() -> trouble.consumer(Topics.RELAY_TESTS)), _ -> {});
  }
}
