package io.posthorn.delivery.smtp;

import java.time.Duration;
import java.time.InstantSource;
import java.util.NoSuchElementException;
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

  RelayPool(RelaySettings relay, SSLSocketFactory tls, InstantSource clock) {
    var config = new GenericObjectPoolConfig<RelayConnection>();
    config.setMaxTotal(relay.maxConnections());
    config.setMaxIdle(relay.maxConnections());
    config.setTestOnBorrow(true);
    config.setMinEvictableIdleDuration(relay.idleTimeout());
    config.setTimeBetweenEvictionRuns(relay.idleTimeout().dividedBy(4));
    config.setNumTestsPerEvictionRun(relay.maxConnections());
    config.setJmxEnabled(false);
    this.pool = new GenericObjectPool<>(new Factory(relay, tls, clock), config);
  }

  /**
   * Takes a connection, and waits until there is one.
   *
   * @return null if the send was broken off meanwhile
   */
  @Nullable RelayConnection take(SendGuard guard) throws InterruptedException {
    while (!guard.isBrokenOff()) {
      try {
        return pool.borrowObject(PATIENCE);
      } catch (NoSuchElementException e) {
        // All are in use: each of them has a deadline, so it is worth while to wait.
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException("no connection can be taken from the pool", e);
      }
    }
    return null;
  }

  void giveBack(RelayConnection connection) {
    pool.returnObject(connection);
  }

  @Override
  public void close() {
    pool.close();
  }

  private static final class Factory extends BasePooledObjectFactory<RelayConnection> {
    private final RelaySettings relay;
    private final SSLSocketFactory tls;
    private final InstantSource clock;

    Factory(RelaySettings relay, SSLSocketFactory tls, InstantSource clock) {
      this.relay = relay;
      this.tls = tls;
      this.clock = clock;
    }

    @Override
    public RelayConnection create() {
      return new RelayConnection(relay, tls, clock);
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
