package io.tallypost.audit.timeline;

import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of one recipient: a row of the send log.
 *
 * @param position the place in the mail; those known only from outcomes come last
 * @param kind to, cc or bcc; null until the request has been read
 * @param reply a relay's last answer; null if there was none
 * @param error a fault beside the reply, or instead of one
 * @param cost the price of the relay that accepted it; null if none has
 * @param updatedAt when it got this status
 */
public record RecipientState(
    String address,
    int position,
    Fact.@Nullable Kind kind,
    MessageStatus status,
    @Nullable Integer smtpCode,
    @Nullable String enhancedCode,
    @Nullable String reply,
    @Nullable String error,
    @Nullable String relay,
    int attempt,
    int replayCount,
    @Nullable BigDecimal cost,
    Instant updatedAt) {

  static RecipientState begin(
      String address,
      int position,
      Fact.@Nullable Kind kind,
      MessageStatus status,
      @Nullable String error,
      Instant at) {
    return new RecipientState(
        address, position, kind, status, null, null, null, error, null, 0, 0, null, at);
  }

  /** The state after this attempt at the message. */
  RecipientState after(TimelineEntry entry, Fact.AttemptResult attempted) {
    return attempted.results().stream()
        .filter(result -> result.recipient().equals(address))
        .findFirst()
        .map(result -> tried(entry, attempted, result))
        .orElseGet(() -> notTried(entry, attempted));
  }

  /** The state after an operator's replay: on its way again, if the replay names it. */
  RecipientState after(TimelineEntry entry, Fact.Replayed replayed) {
    return replayed.recipients().contains(address)
        ? implied(entry, MessageStatus.APPROVED, null)
        : this;
  }

  /** The state after the mail was put back in its queue for all who do not have it. */
  RecipientState redriven(TimelineEntry entry) {
    return status == MessageStatus.DEFERRED ? implied(entry, MessageStatus.APPROVED, null) : this;
  }

  private RecipientState tried(
      TimelineEntry entry, Fact.AttemptResult attempted, Fact.Result result) {
    var now =
        switch (result.status()) {
          case DELIVERED -> MessageStatus.DELIVERED;
          // When the message ends, so do all open recipients, whatever the reply was.
          case DEFERRED ->
              attempted.end() == Fact.End.DEFERRED ? MessageStatus.DEFERRED : MessageStatus.FAILED;
          case FAILED -> MessageStatus.FAILED;
        };
    return new RecipientState(
        address,
        position,
        kind,
        now,
        result.smtpCode(),
        result.enhancedCode(),
        result.reply(),
        result.error(),
        attempted.relay(),
        entry.context().attempt(),
        entry.context().replayCount(),
        now == MessageStatus.DELIVERED ? attempted.costPerRecipient() : null,
        entry.context().occurredAt());
  }

  /** What follows for a recipient that the attempt was not about. */
  private RecipientState notTried(TimelineEntry entry, Fact.AttemptResult attempted) {
    return switch (attempted.end()) {
      case DEFERRED -> status.isOpen() ? implied(entry, MessageStatus.DEFERRED, attempted) : this;
      case DELIVERED -> status.isOpen() ? implied(entry, MessageStatus.DELIVERED, null) : this;
      case FAILED -> {
        // An outcome that is too large for its topic names nobody: no news of a recipient is never
        // good news.
        boolean isWithout =
            attempted.recipients().isEmpty()
                ? status.isOpen()
                : attempted.recipients().contains(address);
        if (!isWithout) {
          yield status.isOpen() ? implied(entry, MessageStatus.DELIVERED, null) : this;
        }
        // A recipient refused in an earlier attempt of the same replay keeps that reply.
        yield status == MessageStatus.FAILED && replayCount == entry.context().replayCount()
            ? this
            : implied(entry, MessageStatus.FAILED, attempted);
      }
    };
  }

  private RecipientState implied(
      TimelineEntry entry, MessageStatus now, Fact.@Nullable AttemptResult why) {
    return new RecipientState(
        address,
        position,
        kind,
        now,
        why == null ? null : smtpCode,
        why == null ? null : enhancedCode,
        why == null ? null : reply,
        why == null ? null : why.reason(),
        why == null ? null : relay,
        entry.context().attempt(),
        entry.context().replayCount(),
        null,
        entry.context().occurredAt());
  }
}
