package io.tallypost.intake.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaDecided;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.kit.callers.Caller;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The keys whose limits are used up, as far as quota has told this process. Each process asks quota
 * once per key and window, and again for keys that it forgot.
 */
public final class ExhaustedKeys {
  private static final int MOST = 10_000;

  private final Cache<ApiKeyId, Exhaustion> keys = Caffeine.newBuilder().maximumSize(MOST).build();

  /**
   * Remembers a verdict. If a verdict on a later mail shows something left, the key is forgotten.
   */
  public void heard(QuotaDecided decision) {
    ApiKeyId key = decision.context().apiKeyId();
    switch (decision.verdict()) {
      case APPROVED, REJECTED -> {
        Instant acceptedAt = decision.context().acceptedAt();
        Exhaustion.of(decision)
            .ifPresentOrElse(
                exhaustion -> keys.put(key, exhaustion),
                () ->
                    keys.asMap()
                        .computeIfPresent(
                            key, (_, known) -> known.since().isBefore(acceptedAt) ? null : known));
      }
      // Their limits are those of an earlier mail, or missing.
      case REPLAYED, KEY_REUSED -> {}
    }
  }

  /** What quota would say of a mail, as {@link Exhaustion#refusal}. */
  public Optional<List<PolicyUsage>> refusal(Caller caller, int units, Instant now) {
    Exhaustion exhaustion = keys.getIfPresent(caller.apiKeyId());
    return exhaustion == null ? Optional.empty() : exhaustion.refusal(caller.limits(), units, now);
  }

  /** How many keys are remembered. */
  long size() {
    keys.cleanUp();
    return keys.estimatedSize();
  }
}
