package io.tallypost.kit.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A counter with labels, some of them bounded. It keeps the registry's counters: counting takes two
 * or three look-ups in hash maps, and none in the registry.
 */
public final class LabelledCounter {
  /** The labels whose values operators make. */
  private static final Set<String> BOUNDED = Set.of("tenant", "relay");

  private record Place(String name, LabelValues.@Nullable Label bound) {
    String value(String value) {
      return bound == null ? value : bound.of(value);
    }
  }

  private final String name;
  private final String description;
  private final MeterRegistry registry;
  private final List<Place> places;
  private final Map<List<String>, Counter> counters = new ConcurrentHashMap<>();

  /**
   * A counter without any series yet.
   *
   * @param labels their names; {@code tenant} and {@code relay} are bounded
   */
  public LabelledCounter(
      MeterRegistry registry,
      LabelValues values,
      String name,
      String description,
      String... labels) {
    this.registry = registry;
    this.name = name;
    this.description = description;
    this.places =
        List.of(labels).stream()
            .map(label -> new Place(label, BOUNDED.contains(label) ? values.label(label) : null))
            .toList();
  }

  /** Shows these values at zero, so that their first rise is visible. */
  public void show(String... values) {
    counter(values);
  }

  /**
   * Counts one.
   *
   * @param values one for each label
   */
  public void increment(String... values) {
    counter(values).increment();
  }

  /**
   * Counts an amount.
   *
   * @param values one for each label
   */
  public void add(double amount, String... values) {
    counter(values).increment(amount);
  }

  private Counter counter(String... values) {
    if (values.length != places.size()) {
      throw new IllegalArgumentException(name + " has " + places.size() + " labels");
    }
    var bounded = new String[values.length];
    for (int i = 0; i < values.length; i++) {
      bounded[i] = places.get(i).value(values[i]);
    }
    List<String> key = Arrays.asList(bounded);
    Counter known = counters.get(key);
    return known == null ? counters.computeIfAbsent(key, this::register) : known;
  }

  private Counter register(List<String> values) {
    List<Tag> tags = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      tags.add(Tag.of(places.get(i).name(), values.get(i)));
    }
    return Counter.builder(name).description(description).tags(tags).register(registry);
  }
}
