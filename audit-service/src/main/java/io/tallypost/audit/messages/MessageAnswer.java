package io.tallypost.audit.messages;

import io.tallypost.audit.timeline.Fact;
import io.tallypost.audit.timeline.MessageState;
import io.tallypost.audit.timeline.MessageStatus;
import io.tallypost.audit.timeline.RecipientState;
import io.tallypost.audit.timeline.TimelineEntry;
import io.tallypost.events.RecipientResult;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.tracing.TracingSettings;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mode;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code GET /api/v1/messages/{id}} answers. What is not known yet is left out, {@code from}
 * and {@code subject} too: the request may be read after the decision.
 *
 * @param rejectedBy the policies that refused it; absent unless it is rejected
 * @param dueAt when it is tried again, at the earliest; absent unless it is deferred
 * @param updatedAt when it came to have this status
 */
record MessageAnswer(
    UUID id,
    @Nullable String internetMessageId,
    MessageStatus status,
    TenantId tenant,
    Mode mode,
    Lane lane,
    @Nullable String from,
    @Nullable String subject,
    Instant acceptedAt,
    Instant updatedAt,
    @Nullable Instant dueAt,
    @Nullable List<String> rejectedBy,
    @Nullable String traceId,
    @Nullable String requestId,
    List<Recipient> recipients,
    List<Step> timeline,
    Links links) {

  /** A recipient and a relay's last reply about it. */
  record Recipient(
      String address,
      Fact.@Nullable Kind kind,
      MessageStatus status,
      @Nullable Integer smtpCode,
      @Nullable String enhancedCode,
      @Nullable String reply,
      @Nullable String error,
      @Nullable String relay,
      int attempt,
      Instant updatedAt) {

    static Recipient of(RecipientState state) {
      return new Recipient(
          state.address(),
          state.kind(),
          state.status(),
          state.smtpCode(),
          state.enhancedCode(),
          state.reply(),
          state.error(),
          state.relay(),
          state.attempt(),
          state.updatedAt());
    }
  }

  /**
   * One event of the message's life.
   *
   * @param smtpReply the decisive reply; with several recipients the first of theirs
   * @param detail why, in a sentence for people
   */
  record Step(
      Instant at,
      String event,
      int attempt,
      int replayCount,
      @Nullable String relay,
      @Nullable String smtpReply,
      @Nullable List<Fact.Result> recipients,
      @Nullable List<Fact.Policy> policies,
      @Nullable Long durationMs,
      @Nullable Boolean inDoubt,
      @Nullable Instant dueAt,
      @Nullable String category,
      @Nullable String detail,
      @Nullable String traceId,
      @Nullable String requestId) {

    static Step of(TimelineEntry entry) {
      return switch (entry.fact()) {
        case Fact.Requested _, Fact.Redriven _, Fact.Discarded _ ->
            step(entry, null, null, null, null, null, null, null, null, null);
        case Fact.Replayed replayed ->
            step(entry, replayed.relay(), null, null, null, null, null, null, null, null);
        case Fact.Decided decided ->
            step(entry, null, null, null, decided.policies(), null, null, null, null, null);
        case Fact.AttemptResult tried ->
            step(
                entry,
                tried.relay(),
                smtpReply(tried),
                tried.results(),
                null,
                tried.durationMs(),
                tried.inDoubt(),
                tried.dueAt(),
                tried.category(),
                tried.reason());
      };
    }

    private static Step step(
        TimelineEntry entry,
        @Nullable String relay,
        @Nullable String smtpReply,
        @Nullable List<Fact.Result> recipients,
        @Nullable List<Fact.Policy> policies,
        @Nullable Long durationMs,
        @Nullable Boolean inDoubt,
        @Nullable Instant dueAt,
        @Nullable String category,
        @Nullable String detail) {
      return new Step(
          entry.context().occurredAt(),
          entry.fact().event(),
          entry.context().attempt(),
          entry.context().replayCount(),
          relay,
          smtpReply,
          recipients,
          policies,
          durationMs,
          inDoubt,
          dueAt,
          category,
          detail,
          entry.traceId(),
          entry.requestId());
    }

    /** The reply to a recipient with the message's own result; if there is none, any reply. */
    private static @Nullable String smtpReply(Fact.AttemptResult attempted) {
      var decisive =
          switch (attempted.end()) {
            case DEFERRED -> RecipientResult.Status.DEFERRED;
            case FAILED -> RecipientResult.Status.FAILED;
            case DELIVERED -> RecipientResult.Status.DELIVERED;
          };
      return Stream.concat(
              attempted.results().stream().filter(result -> result.status() == decisive),
              attempted.results().stream())
          .filter(result -> result.smtpCode() != null)
          .map(result ->
              Stream.of(result.smtpCode(), result.enhancedCode(), result.reply())
                  .filter(Objects::nonNull)
                  .map(Object::toString)
                  .reduce((left, right) -> left + " " + right)
                  .orElse(""))
          .findFirst()
          .orElse(null);
    }
  }

  /**
   * Where to look next.
   *
   * @param trace the message's trace; absent if no page for traces is configured
   */
  record Links(String self, @Nullable String trace) {}

  /**
   * Makes the answer.
   *
   * @param state the state after the message's day; has a status
   * @param timeline what is shown of it
   * @param publicUrl what links begin with
   * @param tracing where people look at traces
   */
  static MessageAnswer of(
      MessageState state,
      Collection<TimelineEntry> timeline,
      String publicUrl,
      TracingSettings tracing) {
    var owner = state.owner();
    var id = owner.messageId();
    return new MessageAnswer(
        id.value(),
        Optional.ofNullable(state.fromAddress())
            .map(from -> id.internetMessageId(new EmailAddress(from)))
            .orElse(null),
        Objects.requireNonNull(state.status(), "status"),
        owner.tenant(),
        owner.mode(),
        owner.lane(),
        state.requested().map(MessageAnswer::from).orElse(null),
        state.subject(),
        owner.acceptedAt(),
        state.updatedAt(),
        state.dueAt(),
        state.rejectedBy().isEmpty() ? null : state.rejectedBy(),
        state.traceId(),
        state.requestId(),
        state.recipients().stream().map(Recipient::of).toList(),
        timeline.stream().sorted(TimelineEntry.BY_TIME).map(Step::of).toList(),
        new Links(
            publicUrl + "/api/v1/messages/" + id, tracing.link(state.traceId()).orElse(null)));
  }

  private static String from(Fact.Requested requested) {
    return requested.fromName() == null
        ? requested.fromAddress()
        : requested.fromName() + " <" + requested.fromAddress() + ">";
  }
}
