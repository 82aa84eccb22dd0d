package io.tallypost.delivery.relays;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.relays.RelayAccessSettings;
import io.tallypost.relays.RelayTestRequested;
import io.tallypost.relays.RelayTested;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.SSLSocketFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class RelayTestListenerTest {
  private static final Instant NOW = Instant.parse("2026-05-04T12:00:00Z");
  private static final InstantSource CLOCK = () -> NOW;

  private final RelayFactory relays =
      new RelayFactory(
          settings(),
          new RelayAccessSettings(List.of(), null, false, List.of("25")),
          tls(),
          CircuitBreakerRegistry.ofDefaults(),
          CLOCK,
          new RelayMeters(new SimpleMeterRegistry(), new LabelValues(10)),
          new NoPressure());
  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final RelayTestListener listener =
      new RelayTestListener(relays, tls(), "worker-1", CLOCK, producer);

  private static SSLSocketFactory tls() {
    return (SSLSocketFactory) SSLSocketFactory.getDefault();
  }

  /** An internal address, which is forbidden here: no test connects anywhere. */
  private static DeliverySettings settings() {
    var source =
        new MapConfigurationPropertySource(
            Map.of(
                "tallypost.delivery.relay.host", "127.0.0.1", "tallypost.delivery.relay.port", 25));
    return new Binder(source).bind("tallypost.delivery", DeliverySettings.class).get();
  }

  private static final class NoPressure implements Pressure {
    @Override
    public boolean isStalled() {
      return false;
    }

    @Override
    public boolean isShareUsed(String relays) {
      return false;
    }
  }

  private static ConsumerRecord<byte[], byte[]> record(byte[] value) {
    var record =
        new ConsumerRecord<>(Topics.RELAY_TESTS, 0, 7, "the test's id".getBytes(UTF_8), value);
    RecordHeaders.of(record.headers()).set(RecordHeaders.REPLY_TO, "intake-1");
    return record;
  }

  private RelayTestRequested test(Instant expiresAt) {
    return new RelayTestRequested(
        RelayTestRequested.SHAPE, UUID.randomUUID(), relays.standard(), null, null, expiresAt);
  }

  @Test
  void tellsTheInstanceThatAskedHowFarItCame() throws Exception {
    var test = test(NOW.plusSeconds(30));

    listener.on(record(EventJson.write(test)));

    assertThat(producer.history()).hasSize(1);
    var answer = producer.history().getFirst();
    assertThat(answer.topic()).isEqualTo(Topics.RELAY_TEST_RESULTS);
    assertThat(answer.key()).asString(UTF_8).isEqualTo("the test's id");
    assertThat(RecordHeaders.of(answer.headers()).text(RecordHeaders.REPLY_TO))
        .contains("intake-1");
    var result = EventJson.read(answer.value(), RelayTested.class);
    assertThat(result.id()).isEqualTo(test.id());
    assertThat(result.worker()).isEqualTo("worker-1");
    assertThat(result.steps()).last().satisfies(step -> assertThat(step.ok()).isFalse());
  }

  @Test
  void skipsATestThatNobodyWaitsFor() {
    listener.on(record(EventJson.write(test(NOW))));

    assertThat(producer.history()).isEmpty();
  }

  @Test
  void skipsWhatIsNoTest() {
    listener.on(record("{}".getBytes(UTF_8)));
    listener.on(record("no json".getBytes(UTF_8)));

    assertThat(producer.history()).isEmpty();
  }
}
