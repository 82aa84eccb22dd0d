package io.tallypost.kit.loop;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.SerializationException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.transaction.TransactionException;

/**
 * What may not answer for a while through no fault of this process: a {@link Loop} waits for it,
 * and takes everything else for a fault of ours, which waiting does not mend.
 */
public enum Away implements Predicate<Exception> {
  /** Brokers, and what they refuse for now. */
  KAFKA {
    @Override
    public boolean test(Exception failure) {
      return switch (failure) {
        case InterruptException _, SerializationException _, ConfigException _ -> false;
        case KafkaException _, TimeoutException _ -> true;
        case ExecutionException waited when waited.getCause() instanceof Exception cause ->
            test(cause);
        default -> false;
      };
    }
  },
  /**
   * PostgreSQL, and what it refuses for now: also what others have put there meanwhile, as a name
   * that is taken or a day that another replica dropped. Statements that it cannot read are ours.
   */
  DATABASE {
    @Override
    public boolean test(Exception failure) {
      return switch (failure) {
        case BadSqlGrammarException _, InvalidDataAccessApiUsageException _ -> false;
        case DataAccessException _, TransactionException _ -> true;
        default -> false;
      };
    }
  }
}
