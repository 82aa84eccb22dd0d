package io.tallypost.kit.errors;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.sentry.Sentry;
import io.sentry.SentryEvent;
import io.sentry.SentryLevel;
import io.sentry.protocol.Message;
import java.util.List;

/**
 * Hands errors logged with an exception to Sentry, which sends them in a thread of its own and
 * drops what it cannot send. Sentry's own appender would also send what was logged with them, and
 * take further settings from the environment.
 */
final class ErrorAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
  /** Keys of log lines that lead to the trace and the mail, but not to its recipients. */
  private static final List<String> IDS = List.of("trace_id", "message_id", "tenant_id");

  @Override
  protected void append(ILoggingEvent line) {
    if (line.getLevel().isGreaterOrEqual(Level.ERROR)
        && line.getThrowableProxy() instanceof ThrowableProxy proxy) {
      Sentry.captureEvent(event(line, proxy.getThrowable()));
    }
  }

  private static SentryEvent event(ILoggingEvent line, Throwable thrown) {
    var event = new SentryEvent(thrown);
    event.setLevel(SentryLevel.ERROR);
    event.setLogger(line.getLoggerName());
    var message = new Message();
    // The message of the code, without its values.
    message.setMessage(line.getMessage());
    event.setMessage(message);
    for (String id : IDS) {
      String value = line.getMDCPropertyMap().get(id);
      if (value != null) {
        event.setTag(id, value);
      }
    }
    return event;
  }
}
