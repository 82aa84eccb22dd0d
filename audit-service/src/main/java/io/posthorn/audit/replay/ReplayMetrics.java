package io.posthorn.audit.replay;

import io.micrometer.core.instrument.MeterRegistry;
import io.posthorn.audit.deadletter.Letter;
import io.posthorn.events.DeadLetter;
import io.posthorn.events.TenantId;
import io.posthorn.metrics.LabelValues;
import io.posthorn.metrics.LabelledCounter;
import org.springframework.stereotype.Component;

/**
 * {@code posthorn_messages_replayed_total{category,tenant}}: dead letters that went back into a
 * queue, by why they had died. Beside the dead letters' own rate it tells whether replays help.
 */
@Component
class ReplayMetrics {
  private final LabelledCounter replayed;

  ReplayMetrics(MeterRegistry registry, LabelValues values) {
    replayed =
        new LabelledCounter(
            registry,
            values,
            "posthorn.messages.replayed",
            "Dead letters that went back into a queue",
            "category",
            "tenant");
    for (var category : DeadLetter.Category.values()) {
      replayed.show(category.wireName(), TenantId.DEFAULT.value());
    }
    replayed.show(DeadLetter.Category.POISON.wireName(), LabelValues.NONE);
  }

  void replayed(Letter letter) {
    String tenant = letter.tenant();
    replayed.increment(letter.category(), tenant == null ? LabelValues.NONE : tenant);
  }
}
