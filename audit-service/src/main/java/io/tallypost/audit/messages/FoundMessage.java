package io.tallypost.audit.messages;

import io.tallypost.audit.timeline.Fact;
import io.tallypost.audit.timeline.MessageStatus;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message as lists show it. What is not known yet is left out.
 *
 * @param updatedAt when it came to have this status
 * @param recipients the first ten, in the mail's order
 * @param recipientCount how many there are
 */
record FoundMessage(
    UUID id,
    @Nullable String internetMessageId,
    MessageStatus status,
    String tenant,
    String mode,
    String lane,
    @Nullable String from,
    @Nullable String subject,
    Instant acceptedAt,
    Instant updatedAt,
    @Nullable String traceId,
    @Nullable String requestId,
    List<FoundRecipient> recipients,
    int recipientCount,
    MessageAnswer.Links links) {

  /** Few enough for small pages, enough to show all recipients of an ordinary mail. */
  static final int SHOWN = 10;

  /** A recipient and its status. */
  record FoundRecipient(String address, Fact.@Nullable Kind kind, MessageStatus status) {}

  FoundMessage to(List<FoundRecipient> shown, int count) {
    return new FoundMessage(
        id,
        internetMessageId,
        status,
        tenant,
        mode,
        lane,
        from,
        subject,
        acceptedAt,
        updatedAt,
        traceId,
        requestId,
        List.copyOf(shown),
        count,
        links);
  }
}
