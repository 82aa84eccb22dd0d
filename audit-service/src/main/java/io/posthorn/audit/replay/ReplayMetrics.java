package io.posthorn.audit.replay;

import io.micrometer.core.instrument.MeterRegistry;
import io.posthorn.audit.deadletter.Letter;
import io.posthorn.config.CompactedView;
import io.posthorn.events.DeadLetter;
import io.posthorn.keys.TenantState;
import io.posthorn.metrics.LabelValues;
import io.posthorn.metrics.LabelledCounter;
import io.posthorn.metrics.Tenants;
import org.springframework.stereotype.Component;

/**
 * {@code posthorn_messages_replayed_total{category,tenant}}: dead letters that went back into a
 * queue, by why they had died. Beside the dead letters' own rate it tells whether replays help.
 */
@Component
class ReplayMetrics {
  private final LabelledCounter replayed;

  ReplayMetrics(MeterRegistry registry, LabelValues values, CompactedView<TenantState> tenants) {
    replayed =
        new LabelledCounter(
            registry,
            values,
            "posthorn.messages.replayed",
            "Dead letters that went back into a queue",
            "category",
            "tenant");
    Tenants.showEach(tenants, this::show);
    replayed.show(DeadLetter.Category.POISON.wireName(), LabelValues.NONE);
  }

  private void show(String tenant) {
    for (var category : DeadLetter.Category.values()) {
      replayed.show(category.wireName(), tenant);
    }
  }

  void replayed(Letter letter) {
    String tenant = letter.tenant();
    replayed.increment(letter.category(), tenant == null ? LabelValues.NONE : tenant);
  }
}
