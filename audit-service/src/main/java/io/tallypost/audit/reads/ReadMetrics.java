package io.tallypost.audit.reads;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.springframework.stereotype.Component;

/**
 * {@code tallypost_reads_refused_total{reason}}: reads that were answered 429, because a key read
 * too often in a minute ({@code rate}), or a key or a tenant too much at once.
 */
@Component
class ReadMetrics {
  private final Map<Reason, Counter> refused = new EnumMap<>(Reason.class);

  enum Reason {
    RATE,
    KEY,
    TENANT
  }

  ReadMetrics(MeterRegistry registry) {
    for (Reason reason : Reason.values()) {
      refused.put(
          reason,
          Counter.builder("tallypost.reads.refused")
              .description("reads that were answered 429")
              .tag("reason", reason.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  void refused(Reason reason) {
    Counter counter = refused.get(reason);
    if (counter != null) {
      counter.increment();
    }
  }
}
