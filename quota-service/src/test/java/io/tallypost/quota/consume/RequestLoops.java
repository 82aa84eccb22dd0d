package io.tallypost.quota.consume;

import io.tallypost.events.Topics;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.testing.LoopFaults;
import io.tallypost.kit.testing.Trouble;
import io.tallypost.quota.DefaultSettings;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

final class RequestLoops implements LoopFaults.Rows {

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.of(LoopFaults.Row.ofBoth("RequestListener", RequestLoops::listener));
  }

  private static Looping listener(Trouble trouble) {
    var parts = new RequestParts();
    return parts.listener(
        () -> consumer(trouble),
        JdbcClient.create(trouble.dataSource()),
        new TransactionTemplate(trouble.transactions()),
        parts.transactions(DefaultSettings.QUOTA),
        DefaultSettings.QUOTA);
  }

  /** One with a request. */
  private static Consumer<byte[], byte[]> consumer(Trouble trouble) {
    var consumer = trouble.consumer(Topics.REQUESTS);
    consumer.schedulePollTask(() -> {
      consumer.rebalance(List.of(RequestParts.PARTITION));
      deliver(consumer, RequestParts.record(0, Requests.ofNewKey(9).next(1)));
    });
    return consumer;
  }

  /** Again after each seek, as a broker does; Kafka's double forgets what it has delivered. */
  private static void deliver(
      MockConsumer<byte[], byte[]> consumer, ConsumerRecord<byte[], byte[]> record) {
    if (consumer.paused().isEmpty() && consumer.position(RequestParts.PARTITION) == 0) {
      consumer.addRecord(record);
    }
    consumer.schedulePollTask(() -> deliver(consumer, record));
  }
}
