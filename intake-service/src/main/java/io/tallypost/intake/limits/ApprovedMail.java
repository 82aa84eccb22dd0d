package io.tallypost.intake.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tallypost.events.QuotaDecided;
import io.tallypost.ids.MessageId;

/**
 * The mail with an Idempotency-Key that quota has lately approved, as far as this process heard.
 * Its repeat is known for one, so it need not wait behind other mail that only may be a repeat.
 */
public final class ApprovedMail {
  /** They take some 3 MB. */
  private static final int MOST = 20_000;

  /** Of ids that are made from an Idempotency-Key; others are never repeated. */
  private static final int UUID_VERSION = 8;

  private final Cache<MessageId, Boolean> mail = Caffeine.newBuilder().maximumSize(MOST).build();

  /** Remembers a verdict. */
  public void heard(QuotaDecided decision) {
    MessageId id = decision.context().messageId();
    switch (decision.verdict()) {
      case APPROVED, REPLAYED -> {
        if (id.value().version() == UUID_VERSION) {
          mail.put(id, true);
        }
      }
      case REJECTED, KEY_REUSED -> {}
    }
  }

  public boolean has(MessageId id) {
    return mail.getIfPresent(id) != null;
  }

  /** How much is remembered. */
  long size() {
    mail.cleanUp();
    return mail.estimatedSize();
  }
}
