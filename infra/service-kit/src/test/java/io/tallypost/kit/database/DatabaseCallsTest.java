package io.tallypost.kit.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Refusals;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionSystemException;

class DatabaseCallsTest {
  private final ProblemException away = Refusals.unavailable("It is away.");

  static Stream<RuntimeException> passing() {
    return Stream.of(
        new CannotCreateTransactionException("no connection"),
        new TransactionSystemException("lost"),
        new CannotGetJdbcConnectionException("none"),
        new DataAccessResourceFailureException("lost"),
        new RecoverableDataAccessException("lost"),
        new QueryTimeoutException("too long"),
        new CannotAcquireLockException("deadlock"));
  }

  static Stream<RuntimeException> lasting() {
    return Stream.of(
        new DuplicateKeyException("taken"),
        new BadSqlGrammarException("query", "SELEKT", new SQLException()),
        new IllegalStateException("of ours"));
  }

  @Test
  void givesBackWhatTheWorkGives() {
    assertThat(DatabaseCalls.orRefuse(() -> "row", () -> away)).isEqualTo("row");
  }

  @ParameterizedTest
  @MethodSource("passing")
  void refusesWhileTheDatabaseIsAway(RuntimeException failure) {
    assertThatThrownBy(() -> DatabaseCalls.orRefuse(() -> fail(failure), () -> away))
        .isSameAs(away);
  }

  @Test
  void saysThatAChangeMayBeDone() {
    assertThatThrownBy(() ->
            DatabaseCalls.orRefuse(
                () -> fail(new UnconfirmedCommitException(new IllegalStateException())),
                () -> away))
        .isInstanceOfSatisfying(
            ProblemException.class,
            problem -> {
              assertThat(problem.code()).isEqualTo("unconfirmed");
              assertThat(problem.headers().isEmpty()).isTrue();
            });
  }

  @ParameterizedTest
  @MethodSource("lasting")
  void throwsWhatWillNotPass(RuntimeException failure) {
    assertThatThrownBy(() -> DatabaseCalls.orRefuse(() -> fail(failure), () -> away))
        .isSameAs(failure);
  }

  private static String fail(RuntimeException failure) {
    throw failure;
  }
}
