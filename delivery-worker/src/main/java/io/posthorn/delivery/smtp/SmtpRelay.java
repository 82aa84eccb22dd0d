package io.posthorn.delivery.smtp;

import java.time.InstantSource;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A relay that is spoken to over SMTP, on kept-open connections. */
public final class SmtpRelay implements Relay, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SmtpRelay.class);

  private final RelaySettings settings;
  private final RelayPool pool;

  /**
   * Opens nothing yet.
   *
   * @param tls whom to trust
   */
  public SmtpRelay(RelaySettings settings, SSLSocketFactory tls, InstantSource clock) {
    this.settings = settings;
    this.pool = new RelayPool(settings, tls, clock);
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public @Nullable Attempted send(Envelope envelope, byte[] message, int attempt, SendGuard guard)
      throws InterruptedException {
    RelayConnection connection = pool.take(guard);
    if (connection == null) {
      return null;
    }
    try {
      guard.deadline(settings.sendTimeout());
      Conversation conversation = connection.send(envelope, message, guard);
      return guard.isBrokenOff()
          ? null
          : ReplyClassifier.classify(conversation, envelope.recipients());
    } catch (IllegalArgumentException e) {
      connection.close();
      throw e;
    } catch (RuntimeException e) {
      // The mail library throws some for connections that broke at the wrong moment.
      connection.close();
      log.atError().addKeyValue("relay", name()).setCause(e).log("send failed unexpectedly");
      return guard.isBrokenOff() ? null : Attempted.interrupted(envelope.recipients());
    } finally {
      guard.release();
      pool.giveBack(connection);
    }
  }

  /** Takes leave of the relay; sends that are under way end by themselves. */
  @Override
  public void close() {
    pool.close();
  }
}
