package io.tallypost.kit.database;

import org.springframework.transaction.TransactionSystemException;

/** PostgreSQL has not said whether it committed: all is done, or nothing. */
public final class UnconfirmedCommitException extends TransactionSystemException {
  private static final long serialVersionUID = 1L;

  UnconfirmedCommitException(RuntimeException cause) {
    super("no answer came to COMMIT", cause);
  }
}
