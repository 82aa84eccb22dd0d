package io.tallypost.audit.operator;

import io.tallypost.audit.operator.OperatorKafka.UnconfirmedException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Acts that are done once Kafka has committed their records. PostgreSQL's transaction around that
 * only keeps others off meanwhile, and shows the act at once: if its commit fails, the projection
 * writes the same from the records.
 */
@Component
public class OperatorActs {
  private static final Logger log = LoggerFactory.getLogger(OperatorActs.class);

  private final TransactionTemplate transaction;
  private final OperatorKafka kafka;

  OperatorActs(PlatformTransactionManager transactions, OperatorKafka kafka) {
    this.transaction = new TransactionTemplate(transactions);
    this.transaction.setName("operator_act");
    this.kafka = kafka;
  }

  /**
   * An act.
   *
   * @param records all that tells of it; without any, nothing is done
   */
  public record Act<T>(T result, List<ProducerRecord<byte[], byte[]>> records) {}

  /**
   * Acts.
   *
   * @param id the unique id of Kafka's transaction
   * @param prepare locks, marks and logs in PostgreSQL's transaction; what it throws leaves all as
   *     it was
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked
   * @throws UnconfirmedException if Kafka may have been told
   * @throws org.apache.kafka.common.KafkaException if Kafka cannot be told
   */
  public <T> T perform(String id, Supplier<Act<T>> prepare) {
    var done = new AtomicReference<@Nullable T>();
    var unknown = new AtomicReference<@Nullable UnconfirmedException>();
    try {
      return Objects.requireNonNull(
          transaction.execute(_ -> {
            Act<T> act = prepare.get();
            if (!act.records().isEmpty()) {
              // Last, so that all that fails before it leaves nothing done.
              publish(id, act.records(), unknown);
              done.set(act.result());
            }
            return act.result();
          }));
    } catch (RuntimeException e) {
      @Nullable UnconfirmedException unconfirmed = unknown.get();
      if (unconfirmed != null) {
        throw unconfirmed;
      }
      @Nullable T result = done.get();
      if (result == null) {
        throw e;
      }
      log.atWarn()
          .setCause(e)
          .log("an operator's act is done, and PostgreSQL has not confirmed it: the log follows");
      return result;
    }
  }

  /** Keeps that nobody knows: a rollback that fails would hide it behind its own exception. */
  private void publish(
      String id,
      List<ProducerRecord<byte[], byte[]>> records,
      AtomicReference<@Nullable UnconfirmedException> unknown) {
    try {
      kafka.publish(id, records);
    } catch (UnconfirmedException e) {
      unknown.set(e);
      throw e;
    }
  }
}
