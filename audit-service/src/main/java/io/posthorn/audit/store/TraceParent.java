package io.posthorn.audit.store;

import io.posthorn.events.RecordHeaders;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The trace that a record belongs to (W3C Trace Context, section 3.2). */
public final class TraceParent {
  /** An id of zeros only is none. */
  private static final Pattern FORM =
      Pattern.compile("[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*");

  private TraceParent() {}

  /** The trace id, 32 hex digits; empty where the record has no valid {@code traceparent}. */
  public static Optional<String> traceId(RecordHeaders headers) {
    return headers
        .text(RecordHeaders.TRACEPARENT)
        .map(FORM::matcher)
        .filter(Matcher::matches)
        .map(form -> form.group(1));
  }
}
