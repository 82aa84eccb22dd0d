package io.tallypost.audit.replay;

import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.audit.deadletter.Letter;
import io.tallypost.events.DeadLetter;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.metrics.LabelledCounter;
import io.tallypost.kit.metrics.Tenants;
import io.tallypost.kit.view.CompactedView;
import org.springframework.stereotype.Component;

/**
 * {@code tallypost_messages_replayed_total{category,tenant}}: dead letters that went back into a
 * queue, by why they had died. Compared with the dead letters' rate it shows whether replays help.
 */
@Component
class ReplayMetrics {
  private final LabelledCounter replayed;

  ReplayMetrics(MeterRegistry registry, LabelValues values, CompactedView<TenantState> tenants) {
    replayed =
        new LabelledCounter(
            registry,
            values,
            "tallypost.messages.replayed",
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
