package io.tallypost.delivery.retry;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.MockClients;
import io.tallypost.delivery.courier.DeliveryMetrics;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.testing.LoopFaults;
import io.tallypost.kit.testing.Trouble;
import io.tallypost.kit.tracing.RecordTracing;
import java.time.InstantSource;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

final class RetryLoops implements LoopFaults.Rows {
  private static final DeliverySettings SETTINGS =
      new Binder(
              new MapConfigurationPropertySource(
                  Map.of("tallypost.delivery.relay.host", "relay.test")))
          .bindOrCreate("tallypost.delivery", DeliverySettings.class);

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.of(LoopFaults.Row.ofBrokers("RetryPump", RetryLoops::retries));
  }

  private static Looping retries(Trouble trouble) {
    return new RetryPump(
        new MockClients(() -> trouble.consumer("mail.retry.30s.v1")),
        SETTINGS,
        new DeliveryMetrics(new SimpleMeterRegistry(), new LabelValues(100)),
        new RecordTracing(Tracer.NOOP, Propagator.NOOP),
        InstantSource.system());
  }
}
