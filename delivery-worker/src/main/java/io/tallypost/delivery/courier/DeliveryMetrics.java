package io.tallypost.delivery.courier;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.EventContext;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.metrics.LabelledCounter;
import io.tallypost.kit.metrics.Latencies;
import io.tallypost.mail.Lane;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What the worker counts. All metrics are there at zero before the first message. Meanings:
 * docs/operations.md.
 */
public final class DeliveryMetrics {
  private final MeterRegistry registry;
  private final LabelledCounter delivered;
  private final LabelledCounter deferred;
  private final LabelledCounter failed;
  private final LabelledCounter deadLettered;
  private final LabelledCounter inDoubt;
  private final LabelledCounter throttled;
  private final LabelledCounter cost;
  private final Map<RelayAnswer.Reason, Counter> parked;
  private final Map<Lane, Timer> delivery;

  public DeliveryMetrics(MeterRegistry registry, LabelValues values) {
    this.registry = registry;
    this.delivered =
        counter(
            values,
            "tallypost.messages.delivered",
            "Messages that every recipient's relay has taken",
            "tenant",
            "relay");
    this.deferred =
        counter(
            values,
            "tallypost.messages.deferred",
            "Attempts after which a message is tried again",
            "tenant",
            "relay");
    this.failed =
        counter(
            values,
            "tallypost.messages.failed",
            "Messages at their end that not every recipient has",
            "category",
            "tenant",
            "relay");
    this.deadLettered =
        counter(
            values,
            "tallypost.messages.dead.lettered",
            "Records written to the dead-letter topic",
            "category",
            "tenant");
    this.inDoubt =
        counter(
            values,
            "tallypost.messages.in.doubt",
            "Attempts whose connection was lost after the final dot: each may be a copy",
            "relay");
    this.throttled =
        counter(
            values,
            "tallypost.messages.throttled",
            "Times that a message was put off because its relay's rate or places were used up",
            "relay");
    this.cost =
        counter(
            values,
            "tallypost.cost",
            "What relays took for the recipients that they accepted, in the operator's unit",
            "tenant",
            "relay");
    this.parked = forEach(RelayAnswer.Reason.class, this::parkings);
    this.delivery = forEach(Lane.class, this::deliveries);
    showCategories(LabelValues.NONE, DeadLetter.Category.POISON);
  }

  /** Shows at zero what can happen for this tenant with this relay. */
  void show(String tenant, String relay) {
    delivered.show(tenant, relay);
    deferred.show(tenant, relay);
    inDoubt.show(relay);
    throttled.show(relay);
    cost.show(tenant, relay);
    for (var category : DeadLetter.Category.values()) {
      failed.show(category.wireName(), tenant, relay);
    }
    showCategories(tenant, DeadLetter.Category.values());
  }

  private void showCategories(String tenant, DeadLetter.Category... categories) {
    for (var category : categories) {
      deadLettered.show(category.wireName(), tenant);
    }
  }

  private static <K extends Enum<K>, M> Map<K, M> forEach(Class<K> kinds, Function<K, M> meter) {
    return Arrays.stream(kinds.getEnumConstants())
        .collect(
            Collectors.toMap(Function.identity(), meter, (a, b) -> a, () -> new EnumMap<>(kinds)));
  }

  private LabelledCounter counter(
      LabelValues values, String name, String description, String... labels) {
    return new LabelledCounter(registry, values, name, description, labels);
  }

  private Counter parkings(RelayAnswer.Reason reason) {
    return Counter.builder("tallypost.messages.parked")
        .description("Times that a message was put off without an attempt")
        .tag("reason", reason.name().toLowerCase(Locale.ROOT))
        .register(registry);
  }

  private Timer deliveries(Lane lane) {
    return Latencies.timer(
            "tallypost.delivery",
            "From the acceptance of a message to its last relay's 250, by two clocks",
            Latencies.LONG)
        .tag("lane", lane.wireName())
        .register(registry);
  }

  /** A message was put off without using up an attempt. */
  void parked(RelayAnswer.Reason reason, String relay) {
    Objects.requireNonNull(parked.get(reason), "each reason has one").increment();
    switch (reason) {
      case RATE_LIMITED, SATURATED -> throttled.increment(relay);
      default -> {}
    }
  }

  void delivered(EventContext context, String relay, Instant at) {
    delivered.increment(context.tenant().value(), relay);
    // The time that a dead letter waited for its replay is not our latency.
    if (context.replayCount() == 0) {
      var took = Duration.between(context.acceptedAt(), at);
      Objects.requireNonNull(delivery.get(context.lane()), "each lane has one")
          .record(took.isNegative() ? Duration.ZERO : took);
    }
  }

  void deferred(EventContext context, String relay) {
    deferred.increment(context.tenant().value(), relay);
  }

  /** Adds the cost of an attempt, however the mail ended. */
  void cost(EventContext context, DeliveryOutcome.Attempt attempt) {
    if (attempt.cost().signum() > 0) {
      cost.add(attempt.cost().doubleValue(), context.tenant().value(), attempt.relay());
    }
  }

  void inDoubt(String relay) {
    inDoubt.increment(relay);
  }

  /** A message ended, and its dead letter was written. */
  void failed(DeadLetter.Category category, EventContext context, String relay) {
    String tenant = context.tenant().value();
    failed.increment(category.wireName(), tenant, relay);
    deadLettered.increment(category.wireName(), tenant);
  }

  /** An unreadable record went to the dead letters. */
  public void unreadable() {
    deadLettered.increment(DeadLetter.Category.POISON.wireName(), LabelValues.NONE);
  }

  /** Shows how many messages are being worked on. */
  public void observeInFlight(Supplier<Number> inFlight) {
    Gauge.builder("tallypost.messages.in.flight", inFlight)
        .description("Messages being worked on now")
        .register(registry);
  }
}
