package io.tallypost.delivery.smtp;

import io.tallypost.delivery.smtp.session.AddressOrder;
import io.tallypost.delivery.smtp.session.RelaySettings;
import io.tallypost.delivery.smtp.session.SmtpPhases;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.Lane;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLSocketFactory;
import org.apache.commons.pool2.BasePooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericObjectPool;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.jspecify.annotations.Nullable;

/** A relay's connections: up to a maximum, kept open, closed when nobody needs them. */
final class RelayPool implements AutoCloseable {
  private final GenericObjectPool<RelayConnection> pool;
  private final ConnectionPlaces places;
  private final AtomicInteger open = new AtomicInteger();
  private volatile @Nullable Instant certificateExpiresAt;

  RelayPool(
      RelaySettings relay,
      SSLSocketFactory tls,
      HostLookup lookup,
      InstantSource clock,
      int bulkPercent,
      SmtpPhases phases) {
    var opening =
        new RelayConnection.Opening(
            relay,
            tls,
            lookup,
            new AddressOrder(),
            phases,
            open,
            new RecipientLimit(clock),
            expiry -> certificateExpiresAt = expiry);
    var config = new GenericObjectPoolConfig<RelayConnection>();
    // The places are the limit. The pool's own limit would count a connection that is being closed
    // or checked, and refuse the send that has its place.
    config.setMaxTotal(-1);
    config.setMaxIdle(relay.maxConnections());
    config.setBlockWhenExhausted(false);
    config.setMinEvictableIdleDuration(relay.idleTimeout());
    // The timer counts in milliseconds, and 0 does not mean none.
    config.setTimeBetweenEvictionRuns(relay.idleTimeout().dividedBy(4).plusMillis(1));
    config.setNumTestsPerEvictionRun(relay.maxConnections());
    config.setJmxEnabled(false);
    this.pool = new GenericObjectPool<>(new Factory(opening, clock), config);
    this.places = new ConnectionPlaces(relay.maxConnections(), bulkPercent);
  }

  /**
   * Takes a connection, and waits until there is one.
   *
   * @param worthWaiting asked now and then while waiting
   * @return null if the send was broken off, the relay is no longer in use, or waiting is not worth
   *     while any more
   */
  @Nullable RelayConnection take(
      Lane lane, TenantId tenant, SendGuard guard, BooleanSupplier worthWaiting)
      throws InterruptedException {
    BooleanSupplier waits =
        () -> !guard.isBrokenOff() && !pool.isClosed() && worthWaiting.getAsBoolean();
    if (!waits.getAsBoolean() || !places.enter(lane, tenant, waits)) {
      return null;
    }
    RelayConnection connection = null;
    try {
      connection = borrow();
    } finally {
      if (connection == null) {
        places.leave(lane);
      }
    }
    return connection;
  }

  private @Nullable RelayConnection borrow() {
    try {
      return pool.borrowObject();
    } catch (Exception e) {
      if (pool.isClosed()) {
        return null;
      }
      throw new IllegalStateException("no connection can be taken from the pool", e);
    }
  }

  void giveBack(RelayConnection connection, Lane lane) {
    connection.keep();
    pool.returnObject(connection);
    places.leave(lane);
  }

  /** Changes how many connections may be open, down to one. */
  void resize(int connections) {
    int atLeastOne = Math.max(1, connections);
    places.resize(atLeastOne);
    pool.setMaxIdle(atLeastOne);
  }

  int capacity() {
    return places.capacity();
  }

  /** The present state. */
  SmtpRelay.Connections connections() {
    return new SmtpRelay.Connections(
        pool.getNumActive(), pool.getNumIdle(), places.waiting(), open.get());
  }

  /** When the relay's last certificate expires; null before the first one. */
  @Nullable Instant certificateExpiresAt() {
    return certificateExpiresAt;
  }

  @Override
  public void close() {
    pool.close();
  }

  private static final class Factory extends BasePooledObjectFactory<RelayConnection> {
    private final RelayConnection.Opening opening;
    private final InstantSource clock;

    Factory(RelayConnection.Opening opening, InstantSource clock) {
      this.opening = opening;
      this.clock = clock;
    }

    @Override
    public RelayConnection create() {
      return new RelayConnection(opening, clock);
    }

    @Override
    public PooledObject<RelayConnection> wrap(RelayConnection connection) {
      return new DefaultPooledObject<>(connection);
    }

    @Override
    public void destroyObject(PooledObject<RelayConnection> pooled) {
      pooled.getObject().close();
    }
  }
}
