package io.tallypost.delivery.smtp;

import jakarta.mail.Session;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One place for a connection in a relay's pool. The connection is opened by the first send that
 * needs it, under that send's deadline, and kept for those after it.
 */
final class RelayConnection {
  private final RelaySettings relay;
  private final SSLSocketFactory tls;
  private final HostLookup lookup;
  private final Session session;
  private final InstantSource clock;
  private final SmtpPhases phases;
  private final AtomicInteger open;
  private @Nullable SmtpTransport transport;
  private Instant openedAt = Instant.EPOCH;
  private Instant lastUsedAt = Instant.EPOCH;
  private int sent;

  RelayConnection(
      RelaySettings relay,
      SSLSocketFactory tls,
      HostLookup lookup,
      Session session,
      InstantSource clock,
      SmtpPhases phases,
      AtomicInteger open) {
    this.relay = relay;
    this.tls = tls;
    this.lookup = lookup;
    this.session = session;
    this.clock = clock;
    this.phases = phases;
    this.open = open;
  }

  /**
   * Sends one message. If the kept-open connection proves to be dead before anything was handed
   * over, it is tried once more on a new one: that is nobody's fault and no attempt.
   */
  Conversation send(Envelope envelope, byte[] message, SendGuard guard) {
    boolean kept = transport != null;
    Conversation conversation = sendOnce(envelope, message, guard);
    return kept
            && conversation.foundConnectionStale()
            && !guard.isBrokenOff()
            && !guard.hasExpired()
        ? sendOnce(envelope, message, guard)
        : conversation;
  }

  private Conversation sendOnce(Envelope envelope, byte[] message, SendGuard guard) {
    SmtpTransport current = transport;
    if (current == null) {
      current = new SmtpTransport(relay, tls, lookup, session);
      transport = current;
      open.incrementAndGet();
      Conversation failed = current.open(guard);
      current.stopwatch().tell(phases);
      if (failed != null) {
        close();
        return failed;
      }
      openedAt = clock.instant();
      sent = 0;
    } else {
      guard.watch(current.socket());
    }
    Conversation conversation = current.converse(envelope, message, guard);
    current.stopwatch().tell(phases);
    sent++;
    lastUsedAt = clock.instant();
    if (!fitForMore(conversation, current)) {
      close();
    }
    return conversation;
  }

  private boolean fitForMore(Conversation conversation, SmtpTransport current) {
    if (!conversation.leavesConnectionUsable()
        || sent >= relay.messagesPerConnection()
        || isOlderThan(openedAt, relay.maxAge())) {
      return false;
    }
    // A transaction that did not come to its regular end is still open at the relay.
    boolean ended = conversation.stage() == SmtpStage.DOT;
    return ended || current.answersTo("RSET");
  }

  /** Whether it may be used again; asks the relay only after a long silence. */
  boolean isFit() {
    SmtpTransport current = transport;
    if (current == null || !isOlderThan(lastUsedAt, relay.validateAfter())) {
      return true;
    }
    return !isOlderThan(openedAt, relay.maxAge()) && current.answersTo("NOOP");
  }

  private boolean isOlderThan(Instant time, Duration age) {
    return Duration.between(time, clock.instant()).compareTo(age) > 0;
  }

  void close() {
    SmtpTransport current = transport;
    transport = null;
    if (current != null) {
      open.decrementAndGet();
      current.quit();
    }
  }
}
