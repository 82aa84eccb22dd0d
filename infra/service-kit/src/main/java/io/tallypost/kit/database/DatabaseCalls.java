package io.tallypost.kit.database;

import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Refusals;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionSystemException;

/** What requests need PostgreSQL for. */
public final class DatabaseCalls {
  private static final Logger log = LoggerFactory.getLogger(DatabaseCalls.class);

  private static final String UNCONFIRMED =
      "The database has not confirmed this, so it may have been done. Look before you repeat it: at what it makes or changes, or in the admin log. A secret that you did not get is lost: rotate that key.";

  private DatabaseCalls() {}

  /**
   * Runs it. All that PostgreSQL refuses for good is thrown as it is; what it may have committed in
   * a {@link ConfirmingTransactionTemplate} is unconfirmed, and not to be repeated blindly.
   *
   * @param away the answer while PostgreSQL is away, or has no time for this
   */
  public static <T> T orRefuse(Supplier<T> work, Supplier<ProblemException> away) {
    try {
      return work.get();
    } catch (UnconfirmedCommitException e) {
      log.atWarn().setCause(e).log("a change may be done, and PostgreSQL has not confirmed it");
      throw Refusals.unconfirmed(UNCONFIRMED);
    } catch (CannotCreateTransactionException
        | TransactionSystemException
        | TransientDataAccessException
        | RecoverableDataAccessException
        | NonTransientDataAccessResourceException e) {
      throw away.get();
    }
  }
}
