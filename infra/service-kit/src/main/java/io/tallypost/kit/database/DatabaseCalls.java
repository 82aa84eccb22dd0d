package io.tallypost.kit.database;

import io.tallypost.kit.problems.ProblemException;
import java.util.function.Supplier;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionSystemException;

/** What requests need PostgreSQL for. */
public final class DatabaseCalls {
  private DatabaseCalls() {}

  /**
   * Runs it. All that PostgreSQL refuses for good is thrown as it is.
   *
   * @param away the answer while PostgreSQL is away, or has no time for this
   */
  public static <T> T orRefuse(Supplier<T> work, Supplier<ProblemException> away) {
    try {
      return work.get();
    } catch (CannotCreateTransactionException
        | TransactionSystemException
        | TransientDataAccessException
        | RecoverableDataAccessException
        | NonTransientDataAccessResourceException e) {
      throw away.get();
    }
  }
}
