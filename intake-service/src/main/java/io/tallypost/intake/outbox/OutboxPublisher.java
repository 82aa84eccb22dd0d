package io.tallypost.intake.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.RecordHeaders;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Brings a part of the outbox to its topics: one replica at a time, in the order of its rows, and a
 * row is forgotten only when its record is acknowledged. A crash in between publishes a row again,
 * which changes nothing, because readers compare versions.
 */
public class OutboxPublisher implements Looping {
  private static final Logger log = LoggerFactory.getLogger(OutboxPublisher.class);
  private static final int BATCH = 100;
  private static final Duration IDLE = Duration.ofSeconds(1);
  private static final Duration WHILE_ANOTHER_PUBLISHES = Duration.ofMillis(50);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(2);

  /** One transaction may wait for the brokers as long. */
  private static final Duration DRAIN = Duration.ofSeconds(5);

  private final Outbox outbox;
  private final Outbox.Part part;
  private final Producer<byte[], byte[]> producer;
  private final TransactionTemplate transaction;
  private final Database database;
  private final String name;
  private final Loop loop;

  public OutboxPublisher(
      Outbox outbox,
      Outbox.Part part,
      Producer<byte[], byte[]> producer,
      TransactionTemplate transaction,
      Database database) {
    this.outbox = outbox;
    this.part = part;
    this.producer = producer;
    this.transaction = transaction;
    this.database = database;
    this.name =
        switch (part) {
          case CONFIG -> "outbox";
          case LOG -> "log-outbox";
        };
    this.loop =
        new Loop(
            name,
            LoopPolicy.waitingFor(Away.DATABASE.or(Away.KAFKA))
                .pausing(AFTER_FAILURE, AFTER_FAILURE)
                .draining(DRAIN),
            this::publishAll);
  }

  /** Says that there is something to publish; without this it is found within a second. */
  void wake() {
    loop.wake();
  }

  @Override
  public Loop loop() {
    return loop;
  }

  /** As long as requests are answered, their changes are published. */
  @Override
  public int getPhase() {
    return 0;
  }

  private void publishAll(Loop loop) throws InterruptedException {
    Duration pause = IDLE;
    boolean urgent = false;
    while (!loop.isStopping()) {
      urgent |= loop.pause(pause);
      Result result = database.isMigrated() ? round() : Result.EMPTY;
      loop.well();
      // The present publisher may have looked before our row was committed.
      urgent &= result == Result.BUSY;
      pause =
          switch (result) {
            case MORE -> Duration.ZERO;
            case EMPTY -> IDLE;
            case BUSY -> urgent ? WHILE_ANOTHER_PUBLISHES : IDLE;
          };
    }
  }

  private Result round() {
    try {
      Result result = transaction.execute(_ -> publishOldest());
      database.answers(true);
      return result;
    } catch (DataAccessException | TransactionException e) {
      database.answers(false);
      throw e;
    }
  }

  private enum Result {
    MORE,
    EMPTY,
    BUSY
  }

  private Result publishOldest() {
    if (!outbox.tryLock(part)) {
      return Result.BUSY;
    }
    List<Outbox.Entry> entries = outbox.oldest(part, BATCH);
    if (entries.isEmpty()) {
      return Result.EMPTY;
    }
    publish(entries);
    outbox.remove(entries);
    return entries.size() == BATCH ? Result.MORE : Result.EMPTY;
  }

  private void publish(List<Outbox.Entry> entries) {
    var sent = new ArrayList<Future<RecordMetadata>>();
    for (Outbox.Entry entry : entries) {
      Future<RecordMetadata> record = producer.send(record(entry));
      sent.add(record);
      // Without Kafka each one waits for it, and other processes for our lock.
      if (record.state() == Future.State.FAILED) {
        break;
      }
    }
    try {
      for (Future<RecordMetadata> record : sent) {
        record.get();
      }
    } catch (ExecutionException e) {
      throw new KafkaException("a record was not acknowledged", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while records were published", e);
    }
    log.atInfo()
        .addKeyValue("operation", name)
        .addKeyValue("records", entries.size())
        .log("changes published");
  }

  private static ProducerRecord<byte[], byte[]> record(Outbox.Entry entry) {
    var headers = RecordHeaders.empty().set(RecordHeaders.VERSION, Long.toString(entry.version()));
    return new ProducerRecord<>(
        entry.topic(), null, entry.key().getBytes(UTF_8), entry.value(), headers.toKafka());
  }
}
