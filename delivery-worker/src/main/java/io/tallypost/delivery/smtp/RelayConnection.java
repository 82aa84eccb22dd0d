package io.tallypost.delivery.smtp;

import io.tallypost.delivery.smtp.session.AddressOrder;
import io.tallypost.delivery.smtp.session.Capabilities;
import io.tallypost.delivery.smtp.session.Conversation;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.session.RelaySettings;
import io.tallypost.delivery.smtp.session.SmtpPhases;
import io.tallypost.delivery.smtp.session.SmtpSession;
import io.tallypost.delivery.smtp.session.SmtpStage;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One place for a connection in a relay's pool. The connection is opened by the first send that
 * needs it, under that send's deadlines, and kept for those after it.
 */
final class RelayConnection {
  private static final String AT_ITS_END = "the connection was at its end";

  /** One name may stand for several machines. */
  private static final Conversation.Failure UTF8_OFFERED_BEFORE =
      new Conversation.Failure(
          "a new connection does not take addresses outside ASCII, as the one before did", false);

  private final Opening opening;
  private final InstantSource clock;
  private @Nullable SmtpSession session;
  private Instant openedAt = Instant.EPOCH;
  private Instant lastUsedAt = Instant.EPOCH;
  private int sent;

  /** Whether it was opened for an earlier transaction or mail, and may have ended since. */
  private boolean kept;

  /**
   * What all connections to a relay have in common.
   *
   * @param order in which the addresses of its name are tried
   * @param open counts those that are open
   * @param recipients how many the relay takes at once
   * @param certificate is told when the relay's certificate expires
   */
  record Opening(
      RelaySettings relay,
      SSLSocketFactory tls,
      HostLookup lookup,
      AddressOrder order,
      SmtpPhases phases,
      AtomicInteger open,
      RecipientLimit recipients,
      Consumer<Instant> certificate) {}

  RelayConnection(Opening opening, InstantSource clock) {
    this.opening = opening;
    this.clock = clock;
  }

  /**
   * The relay, ready for mail.
   *
   * @return why there is no connection; null if there is one, see {@link #capabilities}
   */
  @Nullable Conversation ready(SendGuard guard) {
    SmtpSession kept = session;
    if (kept != null) {
      if (isFit(kept, guard)) {
        return null;
      }
      close();
      // The time lost on the old connection is nobody's fault.
      guard.begin();
    }
    return open(guard);
  }

  private boolean isFit(SmtpSession kept, SendGuard guard) {
    if (isOlderThan(openedAt, opening.relay().maxAge()) || !kept.isQuiet()) {
      return false;
    }
    if (!isOlderThan(lastUsedAt, opening.relay().validateAfter())) {
      return true;
    }
    boolean answers = kept.answersTo("NOOP", guard);
    // Each transaction of a mail asks again.
    lastUsedAt = clock.instant();
    return answers;
  }

  private @Nullable Conversation open(SendGuard guard) {
    var opened = new SmtpSession(opening.relay(), opening.tls(), opening.lookup(), opening.order());
    session = opened;
    opening.open().incrementAndGet();
    Conversation failed = opened.open(guard);
    opened.stopwatch().tell(opening.phases());
    Instant certificate = opened.certificateExpiresAt();
    if (certificate != null) {
      opening.certificate().accept(certificate);
    }
    if (failed != null) {
      close();
      return failed;
    }
    openedAt = clock.instant();
    lastUsedAt = openedAt;
    sent = 0;
    kept = false;
    return null;
  }

  /** What the relay offers; only for a connection that is ready. */
  Capabilities capabilities() {
    return session == null ? Capabilities.NONE : session.capabilities();
  }

  /**
   * Runs one transaction on a connection that is ready. If a kept one proves dead before anything
   * was handed over, it is repeated on a new one: that is nobody's fault and no attempt.
   */
  Conversation transact(Envelope envelope, byte[] message, boolean utf8Headers, SendGuard guard) {
    boolean wasKept = kept;
    Conversation conversation = transactOnce(envelope, message, utf8Headers, guard);
    if (!wasKept || !conversation.foundConnectionStale()) {
      return conversation;
    }
    if (!guard.hasStalled()) {
      // The time lost on the old connection is nobody's fault.
      guard.begin();
    }
    if (!guard.mayGoOn()) {
      // What it says of a connection at its end is no relay's last word on the mail.
      return conversation.because(AT_ITS_END);
    }
    close();
    Conversation failed = ready(guard);
    return failed == null ? transactOnce(envelope, message, utf8Headers, guard) : failed;
  }

  private Conversation transactOnce(
      Envelope envelope, byte[] message, boolean utf8Headers, SendGuard guard) {
    SmtpSession current = session;
    if (current == null) {
      throw new IllegalStateException("not ready");
    }
    if ((utf8Headers || envelope.needsSmtpUtf8()) && !capabilities().smtpUtf8()) {
      return Conversation.failed(SmtpStage.GREETING, Map.of(), UTF8_OFFERED_BEFORE);
    }
    Conversation conversation = current.converse(envelope, message, utf8Headers, guard);
    current.stopwatch().tell(opening.phases());
    sent++;
    kept = true;
    lastUsedAt = clock.instant();
    if (!conversation.reusable()) {
      close();
      return conversation;
    }
    // A transaction without its regular end is still open at the relay.
    if (conversation.stage() != SmtpStage.DOT && !current.answersTo("RSET", guard)) {
      close();
      return conversation.notReusable();
    }
    if (sent >= opening.relay().messagesPerConnection()
        || isOlderThan(openedAt, opening.relay().maxAge())) {
      close();
    }
    return conversation;
  }

  /** The mail is done with it, be it that it was never sent: the next one finds it as it is. */
  void keep() {
    kept = true;
  }

  /** How many recipients the relay takes at once, as far as is known. */
  int mostRecipients() {
    return opening.recipients().current();
  }

  /** Notes that it closed the connection at the recipient after so many. */
  void tookOnly(int accepted) {
    opening.recipients().learn(accepted);
  }

  /** After how long an attempt begins no further transaction. */
  Duration longest() {
    return opening.relay().timeouts().longest();
  }

  private boolean isOlderThan(Instant time, Duration age) {
    return Duration.between(time, clock.instant()).compareTo(age) > 0;
  }

  void close() {
    SmtpSession current = session;
    session = null;
    if (current != null) {
      opening.open().decrementAndGet();
      current.quit();
    }
  }
}
