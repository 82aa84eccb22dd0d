package io.tallypost.audit.store;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * PostgreSQL's connections, kept apart by what they are for: whoever asks much, or asks for what
 * takes long, waits for others that do the same, and never holds up the log. A thread's duty
 * decides, so that a class that both reads and writes needs to know nothing of it.
 */
public final class ConnectionPools extends AbstractDataSource implements AutoCloseable {
  private static final ThreadLocal<Duty> DUTY = ThreadLocal.withInitial(() -> Duty.WORK);

  private final Map<Duty, HikariDataSource> pools;

  /** What a thread does. */
  public enum Duty {
    /** Writes what the topics say. */
    LOG,
    /**
     * Does what operators ask for, and what is done by the clock: every thread that is no other.
     */
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

  /** Gives this thread a duty until the scope is closed; then it has the one from before again. */
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

  /** For whoever logs in as another user at the same place, as migrations do: one of the pools. */
  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return type == DataSource.class ? type.cast(pool(Duty.WORK)) : super.unwrap(type);
  }

  @Override
  public void close() {
    pools.values().forEach(HikariDataSource::close);
  }
}
