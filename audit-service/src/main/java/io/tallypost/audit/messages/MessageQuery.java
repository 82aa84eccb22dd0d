package io.tallypost.audit.messages;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.timeline.MessageState;
import io.tallypost.audit.timeline.MessageStatus;
import io.tallypost.audit.timeline.TimelineEntry;
import io.tallypost.audit.timeline.Timelines;
import io.tallypost.ids.MessageId;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.tracing.TracingSettings;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * Finds one message. It computes the state from the timeline as the projection does, so that state
 * and timeline of one query agree.
 */
@Component
class MessageQuery {
  /** The day of its approval; before that, the first day. */
  private static final Comparator<MessageState> THE_MESSAGE =
      Comparator.<MessageState, Boolean>comparing(state ->
              state.status() == MessageStatus.QUEUED || state.status() == MessageStatus.REJECTED)
          .thenComparing(state -> state.owner().acceptedAt());

  private final Timelines timelines;
  private final String publicUrl;
  private final TracingSettings tracing;

  MessageQuery(Timelines timelines, AuditSettings settings, TracingSettings tracing) {
    this.timelines = timelines;
    this.publicUrl = settings.publicUrl();
    this.tracing = tracing;
  }

  /**
   * Looks a message up.
   *
   * @param caller who must be allowed to read it
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked
   */
  Optional<MessageAnswer> find(MessageId id, Caller caller) {
    List<TimelineEntry> timeline =
        timelines.of(id).stream()
            .filter(entry -> caller.mayRead(entry.context().tenant(), entry.context().mode()))
            .toList();
    return timeline.stream().collect(Collectors.groupingBy(TimelineEntry::key)).values().stream()
        .map(MessageState::of)
        .filter(state -> state.status() != null)
        .min(THE_MESSAGE)
        .map(state -> MessageAnswer.of(state, timeline, publicUrl, tracing));
  }
}
