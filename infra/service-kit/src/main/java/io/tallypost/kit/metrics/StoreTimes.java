package io.tallypost.kit.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;

/**
 * {@code tallypost_store_seconds{operation,outcome}}: how long PostgreSQL transactions take, from
 * their start to the end of commit or rollback. The operation is the transaction's name. Spring
 * Boot adds this to every transaction manager, so all transactions pass it; {@link
 * TimedJdbcTemplate} has the statements.
 */
final class StoreTimes implements TransactionExecutionListener {
  private record Kind(String operation, String outcome) {}

  private final MeterRegistry registry;
  private final Map<Kind, Timer> timers = new ConcurrentHashMap<>();

  /** Of this thread's transactions, the innermost first. */
  private final ThreadLocal<Deque<Long>> began = ThreadLocal.withInitial(ArrayDeque::new);

  StoreTimes(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void beforeBegin(TransactionExecution transaction) {
    began.get().push(System.nanoTime());
  }

  @Override
  public void afterBegin(TransactionExecution transaction, @Nullable Throwable failure) {
    if (failure != null) {
      record(transaction, "no_connection");
    }
  }

  @Override
  public void afterCommit(TransactionExecution transaction, @Nullable Throwable failure) {
    record(transaction, failure == null ? "committed" : "failed");
  }

  @Override
  public void afterRollback(TransactionExecution transaction, @Nullable Throwable failure) {
    record(transaction, "rolled_back");
  }

  private void record(TransactionExecution transaction, String outcome) {
    Long start = began.get().poll();
    if (start == null) {
      return;
    }
    if (began.get().isEmpty()) {
      began.remove();
    }
    String name = transaction.getTransactionName();
    timers
        .computeIfAbsent(new Kind(name.isEmpty() ? "other" : name, outcome), this::timer)
        .record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
  }

  private Timer timer(Kind kind) {
    return Latencies.timer(
            "tallypost.store", "PostgreSQL transactions, by what they are for", Latencies.SHORT)
        .tag("operation", kind.operation())
        .tag("outcome", kind.outcome())
        .register(registry);
  }
}
