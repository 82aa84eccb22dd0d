package io.posthorn.delivery;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.posthorn.delivery.smtp.Handling;
import io.posthorn.events.DeadLetter;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What the worker counts; all of it is there, at zero, before the first message. */
public final class DeliveryMetrics {
  private final MeterRegistry registry;
  private final Counter delivered;
  private final Counter deferred;
  private final Counter inDoubt;
  private final Counter deadLettered;
  private final Counter gracefulShutdowns;
  private final Counter forcedShutdowns;
  private final Map<DeadLetter.Category, Counter> failed;
  private final Map<Handling.Reason, Counter> parked;

  public DeliveryMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.delivered =
        counter("posthorn.messages.delivered", "Messages that every recipient's relay has taken");
    this.deferred =
        counter("posthorn.messages.deferred", "Attempts after which a message is tried again");
    this.inDoubt =
        counter(
            "posthorn.messages.in.doubt",
            "Attempts whose connection was lost after the final dot: each may be a copy");
    this.deadLettered =
        counter("posthorn.messages.dead.lettered", "Records written to the dead-letter topic");
    this.gracefulShutdowns = shutdowns("graceful");
    this.forcedShutdowns = shutdowns("forced");
    this.failed = forEach(DeadLetter.Category.class, this::failures);
    this.parked = forEach(Handling.Reason.class, this::parkings);
  }

  private static <K extends Enum<K>> Map<K, Counter> forEach(
      Class<K> kinds, Function<K, Counter> counter) {
    return Arrays.stream(kinds.getEnumConstants())
        .collect(
            Collectors.toMap(
                Function.identity(), counter, (a, b) -> a, () -> new EnumMap<>(kinds)));
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  private Counter shutdowns(String kind) {
    return Counter.builder("posthorn.shutdowns")
        .description("Stops and hand-overs of partitions; forced ones may have made copies")
        .tag("kind", kind)
        .register(registry);
  }

  private Counter failures(DeadLetter.Category category) {
    return Counter.builder("posthorn.messages.failed")
        .description("Messages at their end that not every recipient has")
        .tag("category", category.wireName())
        .register(registry);
  }

  private Counter parkings(Handling.Reason reason) {
    return Counter.builder("posthorn.messages.parked")
        .description("Times that a message was put off without an attempt")
        .tag("reason", reason.name().toLowerCase(Locale.ROOT))
        .register(registry);
  }

  /** A message was put off without using up an attempt. */
  void parked(Handling.Reason reason) {
    Objects.requireNonNull(parked.get(reason), "each reason has one").increment();
  }

  void delivered() {
    delivered.increment();
  }

  void deferred() {
    deferred.increment();
  }

  void inDoubt() {
    inDoubt.increment();
  }

  /** A dead letter was written about a message. */
  public void failed(DeadLetter.Category category) {
    deadLettered.increment();
    Objects.requireNonNull(failed.get(category), "each category has one").increment();
  }

  /** A worker stopped, or gave a partition away. */
  public void shutdown(boolean forced) {
    (forced ? forcedShutdowns : gracefulShutdowns).increment();
  }

  /** Shows how many messages are being worked on. */
  public void observeInFlight(Supplier<Number> inFlight) {
    Gauge.builder("posthorn.messages.in.flight", inFlight)
        .description("Messages being worked on now")
        .register(registry);
  }
}
