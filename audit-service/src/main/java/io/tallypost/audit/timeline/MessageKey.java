package io.tallypost.audit.timeline;

import io.tallypost.events.EventContext;
import io.tallypost.ids.MessageId;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;

/** Names a message's rows: those of one UTC day of acceptance are stored and dropped together. */
public record MessageKey(LocalDate day, MessageId messageId) implements Comparable<MessageKey> {

  /** The order in which rows are locked: that of the text, as PostgreSQL orders UUIDs. */
  private static final Comparator<MessageKey> ORDER =
      Comparator.comparing(MessageKey::day).thenComparing(key -> key.messageId().toString());

  public static MessageKey of(EventContext context) {
    return new MessageKey(
        LocalDate.ofInstant(context.acceptedAt(), ZoneOffset.UTC), context.messageId());
  }

  @Override
  public int compareTo(MessageKey other) {
    return ORDER.compare(this, other);
  }
}
