package io.tallypost.intake.outbox;

import io.tallypost.kit.database.DatabaseCalls;
import io.tallypost.kit.problems.Refusals;
import java.util.function.Supplier;
import org.springframework.dao.PessimisticLockingFailureException;

/** Whether PostgreSQL answers. Only the admin API needs it; mail is accepted without. */
public class Database {
  private static final int MOST_DEADLOCKS = 3;

  private volatile boolean migrated;
  private volatile boolean answering;

  /** Whether the schema is there and of this build. */
  public boolean isMigrated() {
    return migrated;
  }

  public void migrated() {
    migrated = true;
    answering = true;
  }

  /** Notes how the last try of a background task went. */
  void answers(boolean answered) {
    answering = answered;
  }

  /** Whether it answered the last time it was asked. */
  public boolean isUp() {
    return migrated && answering;
  }

  /**
   * Runs what needs the database for a request. What PostgreSQL ends because of a deadlock, as of
   * two admins who change each other's keys at once, is run again.
   *
   * @throws io.tallypost.kit.problems.ProblemException 503 if the database is not there, or may
   *     have committed a change and has not said so
   */
  public <T> T call(Supplier<T> work) {
    if (!migrated) {
      throw Refusals.unavailable("The database is not there yet; sending mail works without it.");
    }
    return DatabaseCalls.orRefuse(
        () -> unlessDeadlocked(work, MOST_DEADLOCKS),
        () -> Refusals.unavailable("The database does not answer; sending mail works without it."));
  }

  private static <T> T unlessDeadlocked(Supplier<T> work, int more) {
    try {
      return work.get();
    } catch (PessimisticLockingFailureException e) {
      if (more == 0) {
        throw e;
      }
      return unlessDeadlocked(work, more - 1);
    }
  }
}
