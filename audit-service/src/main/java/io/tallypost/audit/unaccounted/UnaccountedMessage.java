package io.tallypost.audit.unaccounted;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An accepted message without an end that should have had one by now.
 *
 * @param updatedAt since when nothing has been heard of it
 * @param dueAt when it was to be tried again; null where it was not
 * @param attempt the last attempt that is known
 * @param requestPartition where the request stands; null where it has not been read
 * @param relay the relay that its last replay asked for
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

  /** Whether quota's word on it is not known. */
  @JsonIgnore
  boolean isUndecided() {
    return status.equals("queued");
  }
}
