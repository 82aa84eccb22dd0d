package io.tallypost.intake.outbox;

import io.tallypost.events.Topics;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.testing.LoopFaults;
import io.tallypost.kit.testing.LoopFaults.Fault;
import io.tallypost.kit.testing.Trouble;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** The outbox's loops, and what the packages beside it need for theirs. */
public final class OutboxLoops implements LoopFaults.Rows {

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.of(Outbox.Part.values())
        .map(part -> LoopFaults.Row.ofBoth("OutboxPublisher", trouble -> outbox(part, trouble)));
  }

  private static Looping outbox(Outbox.Part part, Trouble trouble) {
    var database = new Database();
    database.migrated();
    var jdbc = JdbcClient.create(trouble.dataSource());
    return new OutboxPublisher(
        trouble.fault() == Fault.BROKER_AWAY ? new OneRow(jdbc) : new Outbox(jdbc),
        part,
        new Producer(trouble),
        new TransactionTemplate(trouble.transactions()),
        database);
  }

  /** One that reads from this database. */
  public static ConfigReread reread(JdbcClient jdbc) {
    return new ConfigReread(List.of(), new Tombstones(jdbc));
  }

  /** It always has the same row, without a database. */
  private static final class OneRow extends Outbox {
    OneRow(JdbcClient jdbc) {
      super(jdbc);
    }

    @Override
    boolean tryLock(Part part) {
      return true;
    }

    @Override
    public List<Entry> oldest(Part part, int most) {
      return List.of(new Entry(1, Topics.API_KEYS, "key", new byte[0], 1));
    }
  }

  private static final class Producer extends MockProducer<byte[], byte[]> {
    private final Trouble trouble;

    Producer(Trouble trouble) {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
      this.trouble = trouble;
    }

    @Override
    public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
      trouble.broker();
      return super.send(record);
    }
  }
}
