package io.tallypost.audit.operator;

import io.tallypost.events.AdminEntry;
import io.tallypost.events.EventJson;
import io.tallypost.events.OperatorAction;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.kit.kafka.AdminRole;
import io.tallypost.kit.kafka.ConsumerRole;
import io.tallypost.kit.kafka.ProducerRole;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.stereotype.Component;

/**
 * Connections to Kafka for operators' actions. All writes are transactions and give up soon,
 * because somebody waits for the answer or a job tries again.
 */
@Component
public class OperatorKafka {
  private static final Logger log = LoggerFactory.getLogger(OperatorKafka.class);

  private final KafkaProperties kafka;

  OperatorKafka(KafkaProperties kafka) {
    this.kafka = kafka;
  }

  /**
   * A producer with this transactional id, which has ended its predecessor's open transaction and
   * fenced the predecessor.
   *
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
   */
  public Producer<byte[], byte[]> transactional(String id) {
    var producer = ProducerRole.operatorActions(id).open(kafka.buildProducerProperties());
    try {
      producer.initTransactions();
      return producer;
    } catch (RuntimeException e) {
      close(() -> producer.close(Duration.ZERO));
      throw e;
    }
  }

  /**
   * Publishes records: all of them, or none after an exception other than that nobody knows.
   *
   * @param id the transaction's unique id
   * @throws UnconfirmedException if they may be there
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
   */
  void publish(String id, List<ProducerRecord<byte[], byte[]>> records) {
    var producer = transactional(id);
    try {
      producer.beginTransaction();
      send(producer, records);
      commit(producer);
    } finally {
      close(() -> producer.close(Duration.ZERO));
    }
  }

  /** Closes a client of an act. A failure there must not hide whether the act is done. */
  public static void close(Runnable close) {
    try {
      close.run();
    } catch (RuntimeException e) {
      log.atWarn().setCause(e).log("a client of Kafka was not closed cleanly");
    }
  }

  /**
   * Sends records, up to the first that fails at once: each further one would wait as long for a
   * broker that is away. The commit reports what a send could not.
   */
  public static void send(
      Producer<byte[], byte[]> producer, List<ProducerRecord<byte[], byte[]>> records) {
    for (var record : records) {
      if (producer.send(record).state() == Future.State.FAILED) {
        return;
      }
    }
  }

  /** Asks a second time, which Kafka allows; a broker that failed has a successor by then. */
  static void commit(Producer<byte[], byte[]> producer) {
    try {
      producer.commitTransaction();
    } catch (TimeoutException _) {
      try {
        producer.commitTransaction();
      } catch (TimeoutException e) {
        throw new UnconfirmedException(e);
      }
    }
  }

  /** Kafka has been told to commit, and has not answered. */
  public static final class UnconfirmedException extends KafkaException {
    private static final long serialVersionUID = 1L;

    UnconfirmedException(TimeoutException cause) {
      super("the commit was not confirmed in time", cause);
    }
  }

  /** Reads single records by their place. */
  public Consumer<byte[], byte[]> reader() {
    return ConsumerRole.singleRecords().open(kafka.buildConsumerProperties());
  }

  /** A group that nobody ever joins, whose offsets a transaction can commit all the same. */
  public ConsumerGroupMetadata groupWithoutMembers(String group) {
    try (var consumer = ConsumerRole.nobody(group).open(kafka.buildConsumerProperties())) {
      return consumer.groupMetadata();
    }
  }

  public Admin admin() {
    return AdminRole.operator().open(kafka.buildAdminProperties());
  }

  /** The record about an action, in this trace. */
  public static ProducerRecord<byte[], byte[]> operation(
      OperatorAction action, RecordHeaders trace) {
    var headers = RecordHeaders.empty();
    trace
        .text(RecordHeaders.TRACEPARENT)
        .ifPresent(value -> headers.set(RecordHeaders.TRACEPARENT, value));
    return new ProducerRecord<>(
        Topics.OPERATIONS, null, action.key(), EventJson.write(action), headers.toKafka());
  }

  /** The record about an entry of the admin log. */
  public static ProducerRecord<byte[], byte[]> logged(AdminEntry entry) {
    return new ProducerRecord<>(Topics.OPERATIONS, entry.key(), EventJson.write(entry));
  }
}
