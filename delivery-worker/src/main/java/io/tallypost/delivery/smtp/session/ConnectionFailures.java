package io.tallypost.delivery.smtp.session;

import io.tallypost.delivery.smtp.session.Conversation.Failure;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.util.Map;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Says in words why a connection failed. */
final class ConnectionFailures {
  private ConnectionFailures() {}

  static Conversation conversation(
      SmtpStage stage, Map<EmailAddress, SmtpReply> replies, IOException failure, SendGuard guard) {
    return Conversation.failed(
        stage, replies, new Failure(text(stage, failure, guard), isDistrusted(failure)));
  }

  private static String text(SmtpStage stage, IOException failure, SendGuard guard) {
    if (guard.hasExpired()) {
      return "no answer in time, at " + stage;
    }
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    return "connection failed at %s: %s"
        .formatted(stage, message == null ? cause.getClass().getSimpleName() : message.strip());
  }

  /** Only a change of settings can help: the relay is not the expected one. */
  private static boolean isDistrusted(IOException failure) {
    return causedBy(failure, CertificateException.class)
        || causedBy(failure, HostLookup.ForbiddenException.class)
        || causedBy(failure, SSLPeerUnverifiedException.class);
  }

  private static boolean causedBy(Throwable failure, Class<? extends Throwable> type) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }
}
