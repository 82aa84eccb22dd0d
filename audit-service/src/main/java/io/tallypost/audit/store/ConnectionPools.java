package io.tallypost.audit.store;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * PostgreSQL's connections in pools by purpose: heavy reads wait for other reads, and never hold up
 * the log. The thread's duty chooses the pool, so classes that read and write need not care.
 */
public final class ConnectionPools extends AbstractDataSource implements AutoCloseable {
  private static final ThreadLocal<Duty> DUTY = ThreadLocal.withInitial(() -> Duty.WORK);

  private final Map<Duty, HikariDataSource> pools;

  /** The purpose of a thread. */
  public enum Duty {
    /** Writes what the topics say. */
    LOG,
    /** Does operators' actions and periodic work: the default of every thread. */
    WORK,
    /** Answers questions, for a limited time each. */
    READS
  }

  /** The time for which a thread has a duty. */
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  ConnectionPools(Map<Duty, HikariDataSource> pools) {
    this.pools = new EnumMap<>(pools);
  }

  /** Gives this thread a duty until the scope is closed; then it has its former one again. */
  public static Scope use(Duty duty) {
    Duty before = DUTY.get();
    DUTY.set(duty);
    return () -> DUTY.set(before);
  }

  @Override
  public Connection getConnection() throws SQLException {
    return pool(DUTY.get()).getConnection();
  }

  private HikariDataSource pool(Duty duty) {
    HikariDataSource pool = pools.get(duty);
    if (pool == null) {
      throw new IllegalStateException("no pool for " + duty);
    }
    return pool;
  }

  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    throw new SQLException("the pools log in as the user that is set");
  }

  /**
   * One of the pools, for those that connect to the same database as another user, as migrations
   * do.
   */
  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return type == DataSource.class ? type.cast(pool(Duty.WORK)) : super.unwrap(type);
  }

  @Override
  public void close() {
    pools.values().forEach(HikariDataSource::close);
  }
}
