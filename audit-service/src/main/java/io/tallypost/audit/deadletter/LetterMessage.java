package io.tallypost.audit.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.audit.store.StorableTime;
import io.tallypost.events.EventContext;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.UnreadableRecordException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whose mail a mail's letter is about. */
final class LetterMessage {
  private LetterMessage() {}

  /**
   * The mail's common fields: those in its bytes, or those in a header where the bytes were too
   * large for the topic; empty if they cannot be read.
   */
  static Optional<EventContext> of(byte @Nullable [] value, RecordHeaders headers) {
    try {
      return read(value, headers).filter(mail -> StorableTime.isPlausible(mail.acceptedAt()));
    } catch (UnreadableRecordException e) {
      return Optional.empty();
    }
  }

  private static Optional<EventContext> read(byte @Nullable [] value, RecordHeaders headers)
      throws UnreadableRecordException {
    if (value != null) {
      return Optional.of(EventJson.read(value, SendRequested.class).context());
    }
    Optional<String> message = headers.text(RecordHeaders.MESSAGE);
    return message.isEmpty()
        ? Optional.empty()
        : Optional.of(EventJson.read(message.get().getBytes(UTF_8), EventContext.class));
  }
}
