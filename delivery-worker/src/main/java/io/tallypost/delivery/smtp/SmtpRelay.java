package io.tallypost.delivery.smtp;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.tallypost.delivery.smtp.session.RelaySettings;
import io.tallypost.delivery.smtp.session.SmtpPhases;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A relay with kept-open SMTP connections. */
public final class SmtpRelay implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SmtpRelay.class);

  private final RelaySettings settings;
  private final RelayPool pool;

  /**
   * The present state of a relay's connections.
   *
   * @param active places in use
   * @param idle places kept for the next mail
   * @param waiting sends that wait for a place
   * @param open TCP connections
   */
  public record Connections(int active, int idle, int waiting, int open) {}

  /**
   * Opens no connection yet.
   *
   * @param tls the authorities to trust
   * @param bulkPercent bulk mail's share of its connections while other mail waits
   * @param phases is told how long each part of a conversation took
   */
  public SmtpRelay(
      RelaySettings settings,
      SSLSocketFactory tls,
      HostLookup lookup,
      InstantSource clock,
      int bulkPercent,
      SmtpPhases phases) {
    this.settings = settings;
    this.pool = new RelayPool(settings, tls, lookup, clock, bulkPercent, phases);
  }

  public String name() {
    return settings.name();
  }

  public BigDecimal costPerRecipient() {
    return settings.costPerRecipient();
  }

  /**
   * Tries once to hand a mail over. Trouble is a result, not an exception.
   *
   * @param worthWaiting asked while it waits for a connection
   * @return the result; null if nothing was started, because the guard broke it off before that,
   *     the mail may not go any more, the relay is closed or waiting was not worth while
   * @throws InterruptedException if the thread is to end; nothing has been handed over
   */
  public @Nullable RelayAnswer send(
      OutgoingMail mail, Relay.Terms terms, SendGuard guard, BooleanSupplier worthWaiting)
      throws InterruptedException {
    RelayConnection connection =
        pool.take(
            terms.lane(), terms.tenant(), guard, () -> mail.mayGo() && worthWaiting.getAsBoolean());
    if (connection == null) {
      return null;
    }
    Span.current()
        .addEvent("smtp.connection_taken")
        .setAttribute("server.address", settings.host())
        .setAttribute("server.port", settings.port());
    try {
      guard.begin();
      guard.othersWaitHere(() -> pool.connections().waiting() > 0);
      RelayAnswer relayAnswer = new Attempt(connection, mail, terms, guard).make();
      if (relayAnswer instanceof RelayAnswer.Made(AttemptResult attemptResult)
          && attemptResult.mayGoElsewhere()) {
        guard.turnedDown();
      }
      return relayAnswer;
    } catch (RuntimeException e) {
      connection.close();
      Span.current().recordException(e).setStatus(StatusCode.ERROR);
      log.atError().addKeyValue("relay", name()).setCause(e).log("send failed unexpectedly");
      return guard.isBrokenOff()
          ? new RelayAnswer.BrokenOff()
          : new RelayAnswer.Made(
              AttemptResult.interrupted(mail.envelope().recipients(), guard.hasPassedDot()));
    } catch (Error e) {
      // Nobody knows what the relay is about to reply: no other mail may read it.
      connection.close();
      throw e;
    } finally {
      guard.release();
      pool.giveBack(connection, terms.lane());
    }
  }

  /** Uses only this share of its connections, but always one. */
  public void share(double share) {
    pool.resize((int) (settings.maxConnections() * share));
  }

  /** How many connections it may use. */
  public int connections() {
    return pool.capacity();
  }

  /** The present state of its connections. */
  public Connections usage() {
    return pool.connections();
  }

  /** When the relay's last certificate expires; null before the first one. */
  public @Nullable Instant certificateExpiresAt() {
    return pool.certificateExpiresAt();
  }

  /** Closes the relay; sends under way end by themselves. */
  @Override
  public void close() {
    pool.close();
  }
}
