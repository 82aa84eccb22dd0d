package io.tallypost.intake.send;

import com.fasterxml.jackson.annotation.JsonValue;
import io.tallypost.ids.MessageId;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The body of a 202.
 *
 * @param id the message id
 * @param internetMessageId the Message-ID that recipients see
 * @param status {@code approved}, or {@code queued} where quota has not decided yet
 * @param remaining what may still be sent by the tightest policy; absent without a verdict, and for
 *     a key without limits
 * @param traceId where to look the request up
 */
record SendAnswer(
    MessageId id,
    String internetMessageId,
    Status status,
    @Nullable Long remaining,
    @Nullable String traceId,
    Links links) {

  /** How far the mail is. */
  enum Status {
    APPROVED,
    QUEUED;

    @JsonValue
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Where to go on.
   *
   * @param self the mail's state and timeline
   * @param trace its trace; absent where nobody said where traces are looked at
   */
  record Links(String self, @Nullable String trace) {}
}
