package io.tallypost.audit.timeline;

import static java.util.Comparator.comparing;

import io.tallypost.events.EventContext;
import io.tallypost.ids.SubmissionId;
import java.time.Instant;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * What an event tells of whose mail a message is. The submission with the strongest of all claims
 * owns the message on its day: the approved one, before an approval the first. Later events never
 * weaken a claim, so the owner so far and new events tell the owner from now on, however many
 * events there were before.
 */
public record Claim(
    MessageKey key, Standing standing, Instant acceptedAt, SubmissionId submissionId) {

  /** The strongest first. */
  public static final Comparator<Claim> STRENGTH =
      comparing(Claim::standing)
          .thenComparing(Claim::acceptedAt)
          .thenComparing(claim -> claim.submissionId().toString());

  /** How strong a claim is; the first is the strongest. */
  enum Standing {
    APPROVED,
    /**
     * Undecided, rejected, or a repeat. A repeat is no weaker, or else a first event would have to
     * be taken back; it never hides an undecided mail, which came before it.
     */
    NOT_APPROVED
  }

  /** The claim that an event makes for its submission. */
  public static Claim of(TimelineEntry entry) {
    EventContext context = entry.context();
    return new Claim(
        entry.key(), shownBy(entry.fact()), context.acceptedAt(), context.submissionId());
  }

  /** The claim of the owner of a message with this status. */
  static Claim of(
      MessageKey key, @Nullable MessageStatus status, Instant acceptedAt, SubmissionId owner) {
    return new Claim(key, behind(status), acceptedAt, owner);
  }

  private static Standing shownBy(Fact fact) {
    return switch (fact) {
      case Fact.Requested _ -> Standing.NOT_APPROVED;
      case Fact.Decided decided ->
          switch (decided.verdict()) {
            case APPROVED -> Standing.APPROVED;
            case REJECTED, REPLAYED, KEY_REUSED -> Standing.NOT_APPROVED;
          };
      case Fact.AttemptResult _, Fact.Replayed _, Fact.Discarded _ -> Standing.APPROVED;
      case Fact.Redriven redriven ->
          redriven.undecided() ? Standing.NOT_APPROVED : Standing.APPROVED;
    };
  }

  private static Standing behind(@Nullable MessageStatus status) {
    return switch (status) {
      case null -> Standing.NOT_APPROVED;
      case QUEUED, REJECTED -> Standing.NOT_APPROVED;
      case APPROVED, DEFERRED, DELIVERED, PARTIALLY_DELIVERED, FAILED -> Standing.APPROVED;
    };
  }
}
