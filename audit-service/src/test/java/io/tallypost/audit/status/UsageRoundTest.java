package io.tallypost.audit.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;

class UsageRoundTest {
  private static final LocalDate FIRST = LocalDate.of(2026, 3, 2);
  private static final LocalDate SECOND = LocalDate.of(2026, 3, 1);

  private final Sums sums = new Sums();
  private final UsageRound round = new UsageRound(sums);

  /** Two days are due. */
  private static final class Sums extends UsageSums {
    private final Map<LocalDate, RuntimeException> failures = new HashMap<>();
    private final List<LocalDate> added = new ArrayList<>();
    private boolean others;
    private boolean forgotten;

    Sums() {
      super(
          JdbcClient.create(new DriverManagerDataSource()),
          new JdbcTransactionManager(new DriverManagerDataSource()));
    }

    @Override
    List<LocalDate> due() {
      return List.of(FIRST, SECOND);
    }

    @Override
    boolean add(LocalDate day) {
      RuntimeException failure = failures.get(day);
      if (failure != null) {
        throw failure;
      }
      added.add(day);
      return !others;
    }

    @Override
    void forgetDropped() {
      forgotten = true;
    }
  }

  static Stream<RuntimeException> ofADay() {
    return Stream.of(
        new DataIntegrityViolationException("numeric field overflow"),
        new QueryTimeoutException("canceling statement due to statement timeout"),
        new PessimisticLockingFailureException("could not serialize access"));
  }

  @ParameterizedTest
  @MethodSource("ofADay")
  void addsTheOtherDaysWhereOneCannotBe(RuntimeException failure) {
    sums.failures.put(FIRST, failure);

    round.apply();

    assertThat(sums.added).containsExactly(SECOND);
    assertThat(sums.forgotten).isTrue();
  }

  /** What is away is waited for, and a fault of ours seen in liveness: both by the loop. */
  static Stream<RuntimeException> ofAll() {
    return Stream.of(
        new DataAccessResourceFailureException("database away"),
        new CannotCreateTransactionException("database away"),
        new BadSqlGrammarException("add", "SELEC", new SQLException()),
        new IllegalStateException("a fault of ours"));
  }

  @ParameterizedTest
  @MethodSource("ofAll")
  void leavesAllElseToItsLoop(RuntimeException failure) {
    sums.failures.put(FIRST, failure);

    assertThatThrownBy(round::apply).isSameAs(failure);

    assertThat(sums.added).isEmpty();
    assertThat(sums.forgotten).isFalse();
  }

  @Test
  void leavesTheRoundToTheReplicaThatIsAtIt() {
    sums.others = true;

    round.apply();

    assertThat(sums.added).containsExactly(FIRST);
    assertThat(sums.forgotten).isFalse();
  }
}
