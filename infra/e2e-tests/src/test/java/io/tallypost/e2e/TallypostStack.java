package io.tallypost.e2e;

import io.tallypost.stack.client.StackProcess;
import io.tallypost.stack.client.StackRecipe;
import io.tallypost.stack.smtp.SmtpSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The embedded stack, started once for all tests of a JVM; its relay is a sink in this JVM, so that
 * tests can say what it answers.
 */
final class TallypostStack extends StackProcess {
  /** Where the stack believes traces to be looked at. */
  static final String UI = "http://jaeger.test:16686";

  private static @Nullable TallypostStack running;

  private final SmtpSink sink;
  private final Traces traces;

  private TallypostStack(StackRecipe recipe, SmtpSink sink, Traces traces) {
    super(recipe);
    this.sink = sink;
    this.traces = traces;
  }

  /** The stack, started if it is not yet. */
  static synchronized TallypostStack running() {
    TallypostStack stack = running;
    if (stack == null) {
      stack = start();
      running = stack;
    }
    return stack;
  }

  private static TallypostStack start() {
    try {
      Path directory = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "stack");
      SmtpSink sink = SmtpSink.start();
      Traces traces = Traces.start();
      return new TallypostStack(
          StackRecipe.in(Path.of("..", ".."), directory)
              .relay(sink)
              // Tests that count verdicts: a slow machine must not turn a 429 into "queued".
              .set("TALLYPOST_INTAKE_VERDICT_WAIT", "10s")
              // All tests share the operator's key.
              .set("TALLYPOST_KEYS_ADMIN_CALLS_PER_MINUTE", "100000")
              // Tests ask for each of thousands of mails.
              .set("TALLYPOST_AUDIT_READS_PER_MINUTE", "1000000")
              // A ladder that tests can wait for.
              .set("TALLYPOST_DELIVERY_RETRY_DELAYS", "1s,2s")
              // All of its services can read such addresses, the relay takes them.
              .set("TALLYPOST_INTAKE_SMTPUTF8", "true")
              .set("OTEL_EXPORTER_OTLP_ENDPOINT", traces.endpoint())
              // Soon, in milliseconds, so that tests need not wait.
              .set("OTEL_BSP_SCHEDULE_DELAY", "300")
              .set("TRACING_UI_URL", UI)
              .set("LOG_FORMAT", "json"),
          sink,
          traces);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What all of its processes export. */
  Traces traces() {
    return traces;
  }

  /** The relay that everything is sent to. */
  SmtpSink sink() {
    return sink;
  }
}
