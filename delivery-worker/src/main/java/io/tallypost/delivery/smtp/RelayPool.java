package io.tallypost.delivery.smtp;

import io.tallypost.events.Lane;
import jakarta.mail.Session;
import java.time.Duration;
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

/** A relay's connections: at most so many, kept open, closed when nobody needs them. */
final class RelayPool implements AutoCloseable {
  /** How soon somebody who waits for a connection notices that the send was broken off. */
  private static final Duration PATIENCE = Duration.ofMillis(250);

  private final GenericObjectPool<RelayConnection> pool;
  private final ConnectionPlaces places;
  private final AtomicInteger open = new AtomicInteger();

  RelayPool(
      RelaySettings relay,
      SSLSocketFactory tls,
      HostLookup lookup,
      InstantSource clock,
      int bulkPercent,
      SmtpPhases phases) {
    var config = new GenericObjectPoolConfig<RelayConnection>();
    config.setMaxTotal(relay.maxConnections());
    config.setMaxIdle(relay.maxConnections());
    config.setBlockWhenExhausted(false);
    config.setTestOnBorrow(true);
    config.setMinEvictableIdleDuration(relay.idleTimeout());
    config.setTimeBetweenEvictionRuns(relay.idleTimeout().dividedBy(4));
    config.setNumTestsPerEvictionRun(relay.maxConnections());
    config.setJmxEnabled(false);
    this.pool =
        new GenericObjectPool<>(new Factory(relay, tls, lookup, clock, phases, open), config);
    this.places = new ConnectionPlaces(relay.maxConnections(), bulkPercent);
  }

  /**
   * Takes a connection, and waits until there is one.
   *
   * @param worthWaiting asked now and then while waiting
   * @return null if the send was broken off, the relay is no longer in use, or waiting is not worth
   *     while any more
   */
  @Nullable RelayConnection take(Lane lane, SendGuard guard, BooleanSupplier worthWaiting)
      throws InterruptedException {
    while (!guard.isBrokenOff() && !pool.isClosed() && worthWaiting.getAsBoolean()) {
      // Each place has a deadline, so it is worth while to wait for one.
      if (places.enter(lane, PATIENCE)) {
        RelayConnection connection = borrow();
        if (connection != null) {
          return connection;
        }
        places.leave(lane);
      }
    }
    return null;
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

  /** How things stand now. */
  SmtpRelay.Connections connections() {
    return new SmtpRelay.Connections(
        pool.getNumActive(), pool.getNumIdle(), places.waiting(), open.get());
  }

  boolean isClosed() {
    return pool.isClosed();
  }

  @Override
  public void close() {
    pool.close();
  }

  private static final class Factory extends BasePooledObjectFactory<RelayConnection> {
    private final RelaySettings relay;
    private final SSLSocketFactory tls;
    private final HostLookup lookup;
    private final Session session;
    private final InstantSource clock;
    private final SmtpPhases phases;
    private final AtomicInteger open;

    Factory(
        RelaySettings relay,
        SSLSocketFactory tls,
        HostLookup lookup,
        InstantSource clock,
        SmtpPhases phases,
        AtomicInteger open) {
      this.relay = relay;
      this.tls = tls;
      this.lookup = lookup;
      this.session = SmtpTransport.session(relay, tls);
      this.clock = clock;
      this.phases = phases;
      this.open = open;
    }

    @Override
    public RelayConnection create() {
      return new RelayConnection(relay, tls, lookup, session, clock, phases, open);
    }

    @Override
    public PooledObject<RelayConnection> wrap(RelayConnection connection) {
      return new DefaultPooledObject<>(connection);
    }

    @Override
    public boolean validateObject(PooledObject<RelayConnection> pooled) {
      return pooled.getObject().isFit();
    }

    @Override
    public void destroyObject(PooledObject<RelayConnection> pooled) {
      pooled.getObject().close();
    }
  }
}
