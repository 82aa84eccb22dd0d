package io.tallypost.audit.messages;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.timeline.MessageState;
import io.tallypost.audit.timeline.TimelineEntry;
import io.tallypost.audit.timeline.Timelines;
import io.tallypost.ids.MessageId;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.tracing.TracingSettings;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * Finds one message. It computes the state from the timeline as the projection does, so that state
 * and timeline of one query agree.
 */
@Component
class MessageQuery {
  /** Enough to see what a sender repeats; who repeats without end makes no longer answers. */
  static final int MOST_OF_OTHERS = 100;

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
    Timelines.Shown shown = timelines.shown(id, MOST_OF_OTHERS);
    List<TimelineEntry> own = readable(shown.own(), caller).toList();
    if (own.isEmpty()) {
      return Optional.empty();
    }
    List<TimelineEntry> timeline =
        Stream.concat(own.stream(), readable(shown.others(), caller)).toList();
    return Optional.of(MessageAnswer.of(MessageState.of(own), timeline, publicUrl, tracing));
  }

  private static Stream<TimelineEntry> readable(List<TimelineEntry> entries, Caller caller) {
    return entries.stream()
        .filter(entry -> caller.mayRead(entry.context().tenant(), entry.context().mode()));
  }
}
