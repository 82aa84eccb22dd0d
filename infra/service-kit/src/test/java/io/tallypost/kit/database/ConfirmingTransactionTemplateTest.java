package io.tallypost.kit.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;

class ConfirmingTransactionTemplateTest {
  /** Begins transactions, and ends them as it is told to. */
  private static final class Transactions extends AbstractPlatformTransactionManager {
    private static final long serialVersionUID = 1L;

    private final @Nullable RuntimeException commit;
    private final @Nullable RuntimeException rollback;

    Transactions(@Nullable RuntimeException commit, @Nullable RuntimeException rollback) {
      this.commit = commit;
      this.rollback = rollback;
    }

    @Override
    protected Object doGetTransaction() {
      return new Object();
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {}

    @Override
    protected void doCommit(DefaultTransactionStatus status) {
      if (commit != null) {
        throw commit;
      }
    }

    @Override
    protected void doRollback(DefaultTransactionStatus status) {
      if (rollback != null) {
        throw rollback;
      }
    }
  }

  private final RuntimeException lost = new DataAccessResourceFailureException("lost");

  @Test
  void givesBackWhatWasCommitted() {
    assertThat(template(null, null).<String>execute(_ -> "done")).isEqualTo("done");
  }

  static Stream<RuntimeException> losses() {
    return Stream.of(
        new DataAccessResourceFailureException("lost"), new TransactionSystemException("lost"));
  }

  @ParameterizedTest
  @MethodSource("losses")
  void saysThatACommitHadNoAnswer(RuntimeException failure) {
    assertThatThrownBy(() -> template(failure, null).<String>execute(_ -> "done"))
        .isInstanceOf(UnconfirmedCommitException.class);
    assertThatThrownBy(() -> template(failure, null).executeWithoutResult(_ -> {}))
        .isInstanceOf(UnconfirmedCommitException.class);
  }

  /** Spring rolls back on the same lost connection. */
  @Test
  void saysSoWhereTheRollbackFailsToo() {
    var rollback = new TransactionSystemException("closed");
    assertThatThrownBy(() -> template(lost, rollback).<String>execute(_ -> "done"))
        .isInstanceOf(UnconfirmedCommitException.class)
        .hasCause(rollback);
  }

  static Stream<RuntimeException> refused() {
    return Stream.of(
        new DataIntegrityViolationException("a deferred constraint"),
        new CannotAcquireLockException("could not serialize"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void throwsWhatPostgresqlRefusesAtTheCommit(RuntimeException refusal) {
    assertThatThrownBy(() -> template(refusal, null).<String>execute(_ -> "done"))
        .isSameAs(refusal);
  }

  @Test
  void throwsWhatFailsBeforeTheCommit() {
    assertThatThrownBy(() -> template(null, null).<String>execute(_ -> fail(lost))).isSameAs(lost);
    assertThatThrownBy(() ->
            template(null, lost)
                .<String>execute(status -> {
                  status.setRollbackOnly();
                  return "nothing";
                }))
        .isSameAs(lost);
  }

  private static String fail(RuntimeException failure) {
    throw failure;
  }

  private static ConfirmingTransactionTemplate template(
      @Nullable RuntimeException commit, @Nullable RuntimeException rollback) {
    return new ConfirmingTransactionTemplate(new Transactions(commit, rollback));
  }
}
