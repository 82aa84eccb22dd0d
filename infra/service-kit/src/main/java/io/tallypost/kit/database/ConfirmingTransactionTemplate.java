package io.tallypost.kit.database;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionCallback;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Tells a connection that was lost while COMMIT had no answer from one that was lost before, when
 * nothing can have been done. The exceptions alone do not tell: the rollback that Spring tries then
 * fails too, and hides the commit's failure behind its own.
 */
public final class ConfirmingTransactionTemplate extends TransactionTemplate {
  private static final long serialVersionUID = 1L;

  public ConfirmingTransactionTemplate(PlatformTransactionManager transactions) {
    super(transactions);
  }

  /**
   * Runs it in a transaction.
   *
   * @throws UnconfirmedCommitException if it may have been committed
   */
  @Override
  public <T extends @Nullable Object> T execute(TransactionCallback<T> action) {
    var committing = new AtomicBoolean();
    try {
      return super.execute(status -> {
        T result = action.doInTransaction(status);
        committing.set(!status.isRollbackOnly());
        return result;
      });
    } catch (DataAccessException | TransactionException e) {
      if (committing.get() && !isRefusal(e)) {
        throw new UnconfirmedCommitException(e);
      }
      throw e;
    }
  }

  /** What PostgreSQL itself says of a transaction that it has rolled back at COMMIT. */
  private static boolean isRefusal(RuntimeException failure) {
    return failure instanceof DataIntegrityViolationException
        || failure instanceof ConcurrencyFailureException
        || failure instanceof UnexpectedRollbackException;
  }
}
