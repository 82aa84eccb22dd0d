package io.tallypost.audit.operator;

import io.tallypost.kit.database.DatabaseCalls;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Refusals;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.http.HttpStatus;

/** Answers to operators when something is missing. */
public final class Answers {
  private Answers() {}

  /**
   * Runs what a request needs PostgreSQL or Kafka for.
   *
   * @throws ProblemException 503 if one of them does not answer, or not in time
   */
  public static <T> T of(Supplier<T> work) {
    return DatabaseCalls.orRefuse(
        () -> inTime(work),
        () ->
            Refusals.unavailable(
                "The database does not answer; nothing that was accepted is affected."));
  }

  private static <T> T inTime(Supplier<T> work) {
    try {
      return work.get();
    } catch (QueryTimeoutException e) {
      throw Refusals.unavailable("This takes too long; ask for less at once.");
    } catch (OperatorKafka.UnconfirmedException e) {
      throw Refusals.unconfirmed(
          "Kafka has not confirmed in time, so this may have been done: the admin log tells once Kafka answers. Look there before you repeat it.");
    } catch (KafkaException e) {
      throw Refusals.unavailable("Kafka does not answer; nothing that was accepted is affected.");
    }
  }

  /** An id from a path; a malformed one is like an unknown one. */
  public static Optional<UUID> id(String text) {
    try {
      return text.length() == 36 ? Optional.of(UUID.fromString(text)) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  public static ProblemException notFound(String detail) {
    return new ProblemException(HttpStatus.NOT_FOUND, "not_found", detail);
  }

  public static ProblemException conflict(String code, String detail) {
    return new ProblemException(HttpStatus.CONFLICT, code, detail);
  }
}
