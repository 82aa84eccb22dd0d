package io.tallypost.kit.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TracingSettingsTest {
  @Test
  void linksToATraceWhereTracesAreLookedAt() {
    assertThat(new TracingSettings(10, "http://jaeger:16686/").link("4bf9"))
        .hasValue("http://jaeger:16686/trace/4bf9");
  }

  @Test
  void linksNowhereWithoutAnAddressOrATrace() {
    assertThat(new TracingSettings(10, " ").link("4bf9")).isEmpty();
    assertThat(new TracingSettings(10, "http://jaeger:16686").link(null)).isEmpty();
  }
}
