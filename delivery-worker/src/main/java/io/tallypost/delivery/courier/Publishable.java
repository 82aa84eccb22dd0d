package io.tallypost.delivery.courier;

import io.tallypost.kit.tracing.TracedRecord;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A record to write.
 *
 * @param forms what to write: at least one form, each shorter than the one before, which the
 *     brokers found too large
 */
record Publishable(List<Supplier<TracedRecord>> forms) {
  Publishable {
    forms = List.copyOf(forms);
    if (forms.isEmpty()) {
      throw new IllegalArgumentException("no form");
    }
  }

  /** The record in its longest form. */
  TracedRecord record() {
    return forms.getFirst().get();
  }

  /** The shorter forms; empty if there are none. */
  Optional<Publishable> shorter() {
    return forms.size() == 1
        ? Optional.empty()
        : Optional.of(new Publishable(forms.subList(1, forms.size())));
  }
}
