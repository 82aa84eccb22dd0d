package io.tallypost.kit.keys;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.kit.view.CompactedView;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Objects;
import java.util.Optional;

/**
 * {@code tallypost_api_key_next_expiry_timestamp_seconds}: the next expiry of an API key in use; 0
 * if none expires. An expired key is not in use.
 */
final class KeyExpiry {
  private KeyExpiry() {}

  static void show(CompactedView<ApiKeyState> keys, InstantSource clock, MeterRegistry registry) {
    Gauge.builder(
            "tallypost.api.key.next.expiry.timestamp.seconds",
            keys,
            all -> next(all.values(), clock.instant()).map(Instant::getEpochSecond).orElse(0L))
        .description("When the next API key in use expires; 0 where none does")
        .register(registry);
  }

  /** The first expiry after now of a key that may be used. */
  static Optional<Instant> next(Collection<ApiKeyState> keys, Instant now) {
    return keys.stream()
        .filter(ApiKeyState::enabled)
        .map(key -> key.restrictions().expiresAt())
        .filter(Objects::nonNull)
        .filter(now::isBefore)
        .min(Instant::compareTo);
  }
}
