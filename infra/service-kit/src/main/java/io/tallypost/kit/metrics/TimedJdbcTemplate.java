package io.tallypost.kit.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.PreparedStatementCallback;
import org.springframework.jdbc.core.PreparedStatementCreator;
import org.springframework.jdbc.core.PreparedStatementSetter;
import org.springframework.jdbc.core.ResultSetExtractor;
import org.springframework.jdbc.core.SqlProvider;

/**
 * {@code tallypost_statement_seconds{statement,outcome}}: how long each PostgreSQL statement takes,
 * in a transaction or alone, with its rows read. All other methods, and {@code JdbcClient}, call
 * these.
 */
final class TimedJdbcTemplate extends JdbcTemplate {
  private record Kind(String statement, String outcome) {}

  private final MeterRegistry registry;
  private final Map<Kind, Timer> timers = new ConcurrentHashMap<>();

  TimedJdbcTemplate(DataSource source, MeterRegistry registry) {
    super(source);
    this.registry = registry;
  }

  @Override
  public void execute(String sql) {
    timed(
        sql,
        () -> {
          super.execute(sql);
          return 0;
        });
  }

  @Override
  public <T extends @Nullable Object> T execute(
      PreparedStatementCreator creator, PreparedStatementCallback<T> action) {
    return timed(sql(creator), () -> super.execute(creator, action));
  }

  @Override
  public <T extends @Nullable Object> T execute(String sql, PreparedStatementCallback<T> action) {
    return timed(sql, () -> super.execute(sql, action));
  }

  @Override
  public <T extends @Nullable Object> T query(String sql, ResultSetExtractor<T> rows) {
    return timed(sql, () -> super.query(sql, rows));
  }

  @Override
  public <T extends @Nullable Object> T query(
      PreparedStatementCreator creator,
      @Nullable PreparedStatementSetter setter,
      ResultSetExtractor<T> rows) {
    return timed(sql(creator), () -> super.query(creator, setter, rows));
  }

  @Override
  public int update(String sql) {
    return timed(sql, () -> super.update(sql));
  }

  @Override
  protected int update(PreparedStatementCreator creator, @Nullable PreparedStatementSetter setter) {
    return timed(sql(creator), () -> super.update(creator, setter));
  }

  private static String sql(PreparedStatementCreator creator) {
    String sql = creator instanceof SqlProvider provider ? provider.getSql() : null;
    return sql == null ? "" : sql;
  }

  private <T extends @Nullable Object> T timed(String sql, Supplier<T> statement) {
    long began = System.nanoTime();
    String outcome = "failed";
    try {
      T result = statement.get();
      outcome = "done";
      return result;
    } catch (CannotGetJdbcConnectionException e) {
      outcome = "no_connection";
      throw e;
    } finally {
      timers
          .computeIfAbsent(new Kind(StatementName.of(sql), outcome), this::timer)
          .record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
    }
  }

  /** Without buckets: there are dozens of statements, and transactions have some. */
  private Timer timer(Kind kind) {
    return Timer.builder("tallypost.statement")
        .description("PostgreSQL statements, by what they do to which table")
        .tag("statement", kind.statement())
        .tag("outcome", kind.outcome())
        .register(registry);
  }
}
