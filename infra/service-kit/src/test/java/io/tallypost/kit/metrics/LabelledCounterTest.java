package io.tallypost.kit.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LabelledCounterTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final LabelValues values = new LabelValues(100);

  @Test
  void tellsTheFirstHundredTenantsApartAndCountsTheRestTogether() {
    var accepted = counter("accepted", "tenant");

    IntStream.range(0, 150).forEach(i -> accepted.increment("tenant-" + i));
    IntStream.range(0, 150).forEach(i -> accepted.increment("tenant-" + i));

    assertThat(registry.find("accepted").counters()).hasSize(101);
    assertThat(count("accepted", "tenant", "tenant-99")).isEqualTo(2);
    assertThat(count("accepted", "tenant", "other")).isEqualTo(100);
    assertThat(registry.find("accepted").tag("tenant", "tenant-100").counter()).isNull();
  }

  @Test
  void aTenantIsTheSameInEveryMetric() {
    var one = counter("one", "tenant");
    var other = counter("another", "category", "tenant");
    IntStream.range(0, 100).forEach(i -> one.increment("tenant-" + i));

    other.increment("permanent", "tenant-0");
    other.increment("permanent", "late");

    assertThat(count("another", "tenant", "tenant-0")).isEqualTo(1);
    assertThat(count("another", "tenant", "other")).isEqualTo(1);
  }

  @Test
  void labelsOfOursAreNotBounded() {
    var failed = new LabelledCounter(registry, new LabelValues(1), "failed", "", "category");

    failed.increment("permanent");
    failed.increment("exhausted");

    assertThat(count("failed", "category", "exhausted")).isEqualTo(1);
  }

  @Test
  void aBoundHoldsHoweverManyThreadsCount() {
    var accepted = counter("accepted", "tenant");

    IntStream.range(0, 10_000).parallel().forEach(i -> accepted.increment("tenant-" + i));

    assertThat(registry.find("accepted").counters()).hasSize(101);
    assertThat(registry.find("accepted").counters().stream().mapToDouble(c -> c.count()).sum())
        .isEqualTo(10_000);
  }

  @Test
  void isShownAtZero() {
    counter("accepted", "tenant").show("default");

    assertThat(count("accepted", "tenant", "default")).isZero();
  }

  private LabelledCounter counter(String name, String... labels) {
    return new LabelledCounter(registry, values, name, "", labels);
  }

  private double count(String name, String label, String value) {
    return registry.get(name).tag(label, value).counter().count();
  }
}
