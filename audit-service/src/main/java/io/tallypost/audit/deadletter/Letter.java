package io.tallypost.audit.deadletter;

import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter as operators see it, without the mail in it. The message's fields are null where
 * the record could not be read.
 *
 * @param recipients its recipients
 * @param source where the dead record had been read
 * @param deadAt when it came to the dead-letter topic
 * @param state its state, since {@code changedAt}, by the key {@code changedBy}
 * @param jobId the replay that it belongs to, or belonged to
 * @param discardReason why it was discarded
 */
public record Letter(
    UUID id,
    @Nullable UUID messageId,
    @Nullable String tenant,
    @Nullable String apiKeyId,
    @Nullable String mode,
    @Nullable String lane,
    @Nullable Instant acceptedAt,
    String category,
    String reason,
    int attempts,
    int replayCount,
    List<String> recipients,
    Source source,
    @Nullable String traceId,
    @Nullable String requestId,
    Instant deadAt,
    LetterState state,
    Instant changedAt,
    @Nullable String changedBy,
    @Nullable UUID jobId,
    @Nullable String discardReason) {

  /** A record's place on its topic. */
  public record Source(String topic, int partition, long offset) {}

  /** The same when it was discarded. */
  Letter discarded(Instant at, ApiKeyId by, String why) {
    return new Letter(
        id,
        messageId,
        tenant,
        apiKeyId,
        mode,
        lane,
        acceptedAt,
        category,
        reason,
        attempts,
        replayCount,
        recipients,
        source,
        traceId,
        requestId,
        deadAt,
        LetterState.DISCARDED,
        at,
        by.value(),
        null,
        why);
  }

  /** Whose mail it is; null where the record could not be read. */
  @Nullable TenantId owner() {
    return tenant == null ? null : new TenantId(tenant);
  }

  /** Whether its record is a mail; other records are replayed to their source. */
  public boolean isMail() {
    return messageId != null;
  }
}
