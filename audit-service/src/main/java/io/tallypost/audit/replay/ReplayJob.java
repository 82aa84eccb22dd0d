package io.tallypost.audit.replay;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.mail.EmailAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A replay of dead letters.
 *
 * @param matched how many letters the request matched
 * @param replayed how many of them went out
 * @param skipped how many of them belonged to another job, or had nowhere to go
 * @param relayId the requested relay; null for the mail's own
 * @param recipients the only recipients to try again; empty for all of the letters'
 * @param request the request as it was posted
 * @param finishedAt when nothing was left to be done; null before
 * @param claimed how many letters are the job's: they have the positions 1 to this
 * @param progress the position up to which all is done
 */
record ReplayJob(
    UUID id,
    ReplayState state,
    int matched,
    int replayed,
    int skipped,
    int ratePerSecond,
    @Nullable String relayId,
    List<EmailAddress> recipients,
    Map<?, ?> request,
    ApiKeyId createdBy,
    Instant createdAt,
    Instant changedAt,
    @Nullable Instant finishedAt,
    @JsonIgnore int claimed,
    @JsonIgnore int progress) {

  /** The transactional id and the consumer group of a job. */
  static String nameOf(UUID id) {
    return "replay-" + id;
  }
}
