package io.tallypost.kit.tracing;

import io.micrometer.tracing.Tracer;
import java.util.Optional;

/** The trace that the current thread works for. */
public final class CurrentTrace {
  private final Tracer tracer;

  public CurrentTrace(Tracer tracer) {
    this.tracer = tracer;
  }

  /** The trace id, 32 hex digits; empty outside any span. */
  public Optional<String> id() {
    return Optional.ofNullable(tracer.currentSpan()).map(span -> span.context().traceId());
  }
}
