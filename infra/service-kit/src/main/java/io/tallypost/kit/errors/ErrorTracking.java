package io.tallypost.kit.errors;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.sentry.Sentry;
import io.sentry.SentryEvent;
import io.sentry.SentryOptions;
import io.sentry.protocol.SentryException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;

/**
 * Reports to Sentry from the start of the service to its end. Without a DSN it does nothing, and
 * loads no class of Sentry's.
 *
 * <p>An exception's message may quote a mail or a row of the database: only its class and stack
 * trace leave, the log line without its values, and ids that lead to the log.
 */
final class ErrorTracking implements DisposableBean {
  private static final int PATIENCE_MS = 2_000;

  private final @Nullable ErrorAppender appender;

  /**
   * Starts, if there is a DSN.
   *
   * @param service the name in reports
   */
  ErrorTracking(ErrorSettings settings, String service) {
    this.appender = settings.sentryDsn().isBlank() ? null : begin(settings, service);
  }

  private static ErrorAppender begin(ErrorSettings settings, String service) {
    Sentry.init(options -> configure(options, settings, service));
    var appender = new ErrorAppender();
    appender.setName("sentry");
    appender.setContext((LoggerContext) LoggerFactory.getILoggerFactory());
    appender.start();
    root().addAppender(appender);
    return appender;
  }

  private static void configure(SentryOptions options, ErrorSettings settings, String service) {
    options.setDsn(settings.sentryDsn());
    options.setEnvironment(settings.environment());
    options.setTag("service", service);
    // Sentry's default is to send nothing personal; exceptions' messages are removed too.
    options.setBeforeSend((event, hint) -> withoutWords(event));
    // Only exceptions: no log, no breadcrumbs, no sessions, no counts of what was dropped.
    options.setMaxBreadcrumbs(0);
    options.setEnableAutoSessionTracking(false);
    options.setSendClientReports(false);
    options.setSendModules(false);
    options.setEnableBackpressureHandling(false);
    options.setConnectionTimeoutMillis(PATIENCE_MS);
    options.setReadTimeoutMillis(PATIENCE_MS);
    // The service ends it itself.
    options.setEnableShutdownHook(false);
    options.setShutdownTimeoutMillis(PATIENCE_MS);
  }

  /** Removes exceptions' messages, those of causes and suppressed ones included. */
  private static SentryEvent withoutWords(SentryEvent event) {
    List<SentryException> exceptions = event.getExceptions();
    if (exceptions != null) {
      exceptions.forEach(exception -> exception.setValue(null));
    }
    return event;
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  /** Sends what is still waiting, for a moment. */
  @Override
  public void destroy() {
    if (appender != null) {
      root().detachAppender(appender);
      appender.stop();
      Sentry.close();
    }
  }
}
