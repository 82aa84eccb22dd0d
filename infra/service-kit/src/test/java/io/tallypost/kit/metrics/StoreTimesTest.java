package io.tallypost.kit.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.TransactionExecution;

class StoreTimesTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final StoreTimes times = new StoreTimes(registry);

  @Test
  void timesATransactionWithinAnotherAndThatOtherOne() {
    TransactionExecution outer = named("write_log");
    TransactionExecution inner = named("make_partition");

    times.beforeBegin(outer);
    times.beforeBegin(inner);
    times.afterCommit(inner, null);
    times.afterRollback(outer, null);

    assertThat(count("make_partition", "committed")).isEqualTo(1);
    assertThat(count("write_log", "rolled_back")).isEqualTo(1);
  }

  @Test
  void tellsThatThereWasNoConnection() {
    times.beforeBegin(named("decide"));
    times.afterBegin(named("decide"), new IllegalStateException("pool exhausted"));

    assertThat(count("decide", "no_connection")).isEqualTo(1);
  }

  @Test
  void aTransactionWithoutANameIsOneOfTheOthers() {
    times.beforeBegin(named(""));
    times.afterCommit(named(""), new IllegalStateException("connection lost"));

    assertThat(count("other", "failed")).isEqualTo(1);
  }

  private long count(String operation, String outcome) {
    return registry
        .get("tallypost.store")
        .tags("operation", operation, "outcome", outcome)
        .timer()
        .count();
  }

  private static TransactionExecution named(String name) {
    return new TransactionExecution() {
      @Override
      public String getTransactionName() {
        return name;
      }
    };
  }
}
