package io.tallypost.audit.unaccounted;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An accepted message that should be finished by now and is not.
 *
 * @param updatedAt since when nothing has been heard of it
 * @param dueAt when its next attempt was due; null if there was none
 * @param attempt the last attempt that is known
 * @param requestPartition the request's partition; null if it has not been read
 * @param relay the relay that its last replay requested
 */
record UnaccountedMessage(
    UUID id,
    String status,
    String tenant,
    String mode,
    String lane,
    Instant acceptedAt,
    Instant updatedAt,
    @Nullable Instant dueAt,
    int attempt,
    int replayCount,
    @Nullable String traceId,
    @JsonIgnore LocalDate day,
    @JsonIgnore UUID submissionId,
    @JsonIgnore @Nullable Integer requestPartition,
    @JsonIgnore @Nullable Long requestOffset,
    @JsonIgnore @Nullable String relay) {

  /** Whether quota's verdict is unknown. */
  @JsonIgnore
  boolean isUndecided() {
    return status.equals("queued");
  }
}
