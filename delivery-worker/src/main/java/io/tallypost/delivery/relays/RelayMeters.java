package io.tallypost.delivery.relays;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tallypost.delivery.smtp.SmtpRelay.Connections;
import io.tallypost.delivery.smtp.session.SmtpPhases;
import io.tallypost.delivery.smtp.session.SmtpStage;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.metrics.Latencies;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;

/**
 * Shows the state of relays: their connections, their breakers and the times of their
 * conversations. The gauges of a closed relay stay, at zero. Relays with the same label are added
 * up; of breakers the worst is shown, of certificates the first to expire.
 */
final class RelayMeters implements SmtpPhases {
  private final MeterRegistry registry;
  private final LabelValues.Label names;
  private final Map<SmtpStage, Timer> phases = new EnumMap<>(SmtpStage.class);
  private final Set<String> shown = ConcurrentHashMap.newKeySet();
  private final Set<GuardedRelay> open = ConcurrentHashMap.newKeySet();

  RelayMeters(MeterRegistry registry, LabelValues values) {
    this.registry = registry;
    this.names = values.label("relay");
    for (SmtpStage stage : SmtpStage.values()) {
      // The greeting is timed alone only if it fails; else it is a part of connecting.
      if (stage != SmtpStage.GREETING) {
        phases.put(stage, timer(stage));
      }
    }
  }

  private Timer timer(SmtpStage stage) {
    return Latencies.timer(
            "tallypost.smtp", "Parts of the conversations with relays", Latencies.SMTP)
        .tag("phase", stage.name().toLowerCase(Locale.ROOT))
        .register(registry);
  }

  @Override
  public void took(SmtpStage stage, Duration time) {
    SmtpStage phase = stage == SmtpStage.GREETING ? SmtpStage.CONNECT : stage;
    Objects.requireNonNull(phases.get(phase), "each phase has one").record(time);
  }

  /** A relay was opened. */
  void opened(GuardedRelay relay) {
    open.add(relay);
    show(relay.name());
  }

  /** A relay is not used any more. */
  void closed(GuardedRelay relay) {
    open.remove(relay);
  }

  /** Shows a relay by its name, open or not. */
  void show(String relay) {
    String name = names.of(relay);
    if (shown.add(name)) {
      pool(name, "active", Connections::active);
      pool(name, "idle", Connections::idle);
      gauge(
          "tallypost.smtp.pool.waiting",
          "Sends that wait for one of the relay's connections",
          name,
          List.of(),
          all -> sum(all, name, Connections::waiting));
      gauge(
          "tallypost.smtp.connections.open",
          "TCP connections to the relay",
          name,
          List.of(),
          all -> sum(all, name, Connections::open));
      gauge(
          "tallypost.relay.breaker.state",
          "0 closed: mail is sent; 1 half-open: the relay is tried out; 2 open: mail waits",
          name,
          List.of(),
          all ->
              all.stream()
                  .filter(one -> isShownAs(name, one))
                  .mapToInt(GuardedRelay::breakerState)
                  .max()
                  .orElse(0));
      gauge(
          "tallypost.smtp.certificate.expires.timestamp.seconds",
          "When the certificate expires that the relay showed last; 0 before it has shown one",
          name,
          List.of(),
          all ->
              all.stream()
                  .filter(one -> isShownAs(name, one))
                  .map(GuardedRelay::certificateExpiresAt)
                  .filter(Objects::nonNull)
                  .mapToLong(Instant::getEpochSecond)
                  .min()
                  .orElse(0));
    }
  }

  private void pool(String name, String state, ToIntFunction<Connections> part) {
    gauge(
        "tallypost.smtp.pool.connections",
        "The relay's kept connections, by whether a send has them",
        name,
        List.of("state", state),
        all -> sum(all, name, part));
  }

  private int sum(Set<GuardedRelay> all, String name, ToIntFunction<Connections> part) {
    return all.stream()
        .filter(one -> isShownAs(name, one))
        .map(GuardedRelay::usage)
        .mapToInt(part)
        .sum();
  }

  private boolean isShownAs(String name, GuardedRelay one) {
    return names.of(one.name()).equals(name);
  }

  private void gauge(
      String meter,
      String description,
      String relay,
      List<String> tags,
      ToDoubleFunction<Set<GuardedRelay>> value) {
    Gauge.builder(meter, open, value)
        .description(description)
        .tag("relay", relay)
        .tags(tags.toArray(String[]::new))
        .register(registry);
  }
}
