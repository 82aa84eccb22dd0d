package io.tallypost.e2e;

import java.io.IOException;
import java.util.List;

/** Where the stack's spans go to: a receiver of our own, or the Jaeger at {@code JAEGER_URL}. */
interface Traces {

  /** Starts the receiver, unless there is a Jaeger. */
  static Traces start() throws IOException {
    String jaeger = System.getenv("JAEGER_URL");
    return jaeger == null ? OtlpReceiver.start() : new Jaeger(jaeger);
  }

  /** What the services have for {@code OTEL_EXPORTER_OTLP_ENDPOINT}. */
  String endpoint();

  /** The spans of a trace that have arrived so far. */
  List<TraceSpan> of(String traceId);
}
