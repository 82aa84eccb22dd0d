package io.tallypost.audit.timeline;

import io.tallypost.events.EventContext;
import io.tallypost.events.QuotaDecided.Verdict;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The state after a message's events of one day of acceptance: a pure function of their set,
 * whatever their order.
 *
 * @param owner the common fields of the submission whose mail it is
 * @param status null if the day has only repeats of another day's message, or begins with one
 * @param request the request of that submission; null until it has been read
 * @param rejectedBy the policies that refused it; empty unless it is rejected
 * @param dueAt when it is tried again; null unless it is deferred
 * @param updatedAt when it got this status
 */
public record MessageState(
    MessageKey key,
    EventContext owner,
    @Nullable MessageStatus status,
    @Nullable TimelineEntry request,
    List<String> rejectedBy,
    @Nullable Instant dueAt,
    int replayCount,
    int attempt,
    Instant updatedAt,
    @Nullable String traceId,
    @Nullable String requestId,
    List<RecipientState> recipients) {

  /** Behind every place that a mail has. */
  private static final int UNPLACED = 1000;

  /**
   * Computes it. The owner's events are enough: the state is the same with others among them.
   *
   * @param timeline at least one event, each once, all of one message and day
   */
  public static MessageState of(Collection<TimelineEntry> timeline) {
    Claim owner =
        timeline.stream()
            .map(Claim::of)
            .min(Claim.STRENGTH)
            .orElseThrow(() -> new IllegalArgumentException("a message has at least one event"));
    return new Submission(
            owner.standing(),
            timeline.stream()
                .filter(entry -> entry.context().submissionId().equals(owner.submissionId()))
                .sorted(TimelineEntry.BY_WEIGHT)
                .toList())
        .state();
  }

  public Optional<Fact.Requested> requested() {
    return request != null && request.fact() instanceof Fact.Requested requested
        ? Optional.of(requested)
        : Optional.empty();
  }

  public @Nullable String fromAddress() {
    return requested().map(Fact.Requested::fromAddress).orElse(null);
  }

  public @Nullable String subject() {
    return requested().map(Fact.Requested::subject).orElse(null);
  }

  /**
   * The events of one POST and what followed from it.
   *
   * @param entries in the order of their weight
   */
  private record Submission(Claim.Standing standing, List<TimelineEntry> entries) {

    EventContext context() {
      return entries.getFirst().context();
    }

    /** A repeat, or another mail under a used key: it never becomes a mail. */
    private boolean isRepeat() {
      return standing == Claim.Standing.NOT_APPROVED
          && verdict()
              .filter(verdict -> verdict == Verdict.REPLAYED || verdict == Verdict.KEY_REUSED)
              .isPresent();
    }

    private Optional<Verdict> verdict() {
      return decided().map(decided -> decided.verdict());
    }

    private Optional<Fact.Decided> decided() {
      return entries.stream()
          .map(TimelineEntry::fact)
          .filter(Fact.Decided.class::isInstance)
          .map(Fact.Decided.class::cast)
          .findFirst();
    }

    private Optional<TimelineEntry> request() {
      return entries.stream().filter(entry -> entry.fact() instanceof Fact.Requested).findFirst();
    }

    private List<TimelineEntry> attempts() {
      return entries.stream().filter(entry -> entry.fact() instanceof Fact.AttemptResult).toList();
    }

    /** The fact that decides the status; discarding a letter does not change its message. */
    private TimelineEntry last() {
      return entries.reversed().stream()
          .filter(entry -> !(entry.fact() instanceof Fact.Discarded))
          .findFirst()
          .orElseGet(entries::getLast);
    }

    MessageState state() {
      List<RecipientState> recipients = recipients();
      TimelineEntry last = last();
      boolean rejected = decision() == MessageStatus.REJECTED;
      return new MessageState(
          last.key(),
          context(),
          isRepeat() ? null : status(recipients),
          request().orElse(null),
          rejected ? decided().map(Fact.Decided::violated).orElseGet(List::of) : List.of(),
          last.fact() instanceof Fact.AttemptResult attempted ? attempted.dueAt() : null,
          last.context().replayCount(),
          last.context().attempt(),
          last.context().occurredAt(),
          first(TimelineEntry::traceId),
          first(TimelineEntry::requestId),
          recipients);
    }

    private @Nullable String first(Function<TimelineEntry, @Nullable String> property) {
      for (TimelineEntry entry : entries) {
        String value = property.apply(entry);
        if (value != null) {
          return value;
        }
      }
      return null;
    }

    /** The status by quota's verdict alone; an attempt shows that there was an approval. */
    private MessageStatus decision() {
      return switch (standing) {
        case APPROVED -> MessageStatus.APPROVED;
        case NOT_APPROVED ->
            verdict().filter(Verdict.REJECTED::equals).isPresent()
                ? MessageStatus.REJECTED
                : MessageStatus.QUEUED;
      };
    }

    private MessageStatus status(List<RecipientState> recipients) {
      if (!(last().fact() instanceof Fact.AttemptResult last)) {
        return decision();
      }
      boolean somebodyHasIt =
          recipients.stream().anyMatch(to -> to.status() == MessageStatus.DELIVERED);
      boolean everybodyHasIt =
          recipients.stream().allMatch(to -> to.status() == MessageStatus.DELIVERED);
      return switch (last.end()) {
        case DEFERRED -> MessageStatus.DEFERRED;
        case DELIVERED ->
            everybodyHasIt ? MessageStatus.DELIVERED : MessageStatus.PARTIALLY_DELIVERED;
        case FAILED -> somebodyHasIt ? MessageStatus.PARTIALLY_DELIVERED : MessageStatus.FAILED;
      };
    }

    private List<RecipientState> recipients() {
      if (isRepeat()) {
        return List.of();
      }
      SequencedMap<String, RecipientState> states = new LinkedHashMap<>();
      begin(states);
      for (TimelineEntry entry : entries) {
        switch (entry.fact()) {
          case Fact.AttemptResult attempted ->
              states.replaceAll((address, state) -> state.after(entry, attempted));
          case Fact.Replayed replayed ->
              states.replaceAll((address, state) -> state.after(entry, replayed));
          case Fact.Redriven _ -> states.replaceAll((address, state) -> state.redriven(entry));
          case Fact.Requested _, Fact.Decided _, Fact.Discarded _ -> {}
        }
      }
      return List.copyOf(states.values());
    }

    /** All recipients of the request, then those that only an outcome names. */
    private void begin(Map<String, RecipientState> states) {
      MessageStatus status = decision();
      String error =
          status == MessageStatus.REJECTED
              ? decided()
                  .map(decided -> "rejected by " + String.join(", ", decided.violated()))
                  .orElse(null)
              : null;
      Instant at =
          entries.stream()
              .filter(entry ->
                  entry.fact() instanceof Fact.Requested || entry.fact() instanceof Fact.Decided)
              .map(entry -> entry.context().occurredAt())
              .max(Comparator.naturalOrder())
              .orElse(context().acceptedAt());
      List<Fact.Recipient> named =
          request().map(TimelineEntry::fact).stream()
              .filter(Fact.Requested.class::isInstance)
              .flatMap(fact -> ((Fact.Requested) fact).recipients().stream())
              .toList();
      for (Fact.Recipient recipient : named) {
        states.putIfAbsent(
            recipient.address(),
            RecipientState.begin(
                recipient.address(), states.size(), recipient.kind(), status, error, at));
      }
      var others = new TreeSet<String>();
      for (TimelineEntry entry : attempts()) {
        if (entry.fact() instanceof Fact.AttemptResult attempted) {
          attempted.results().forEach(result -> others.add(result.recipient()));
          others.addAll(attempted.recipients());
        }
      }
      for (TimelineEntry entry : entries) {
        if (entry.fact() instanceof Fact.Replayed replayed) {
          others.addAll(replayed.recipients());
        }
      }
      for (String other : others) {
        states.putIfAbsent(other, RecipientState.begin(other, UNPLACED, null, status, error, at));
      }
    }
  }
}
