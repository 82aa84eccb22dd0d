package io.tallypost.audit.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.audit.DefaultSettings;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.Topics;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.testing.LoopFaults;
import io.tallypost.kit.testing.Trouble;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;

final class LogLoops implements LoopFaults.Rows {

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.of(
        LoopFaults.Row.ofBoth("AuditConsumer", LogLoops::consumer),
        LoopFaults.Row.ofDatabase("Retention", LogLoops::retention));
  }

  private static Looping consumer(Trouble trouble) {
    var projection =
        FlakyStore.projection(trouble.transactions(), new JdbcTemplate(trouble.dataSource()));
    return new AuditConsumer(new Consumers(trouble), projection, DefaultSettings.AUDIT);
  }

  @SuppressWarnings("NullAway") // It gets no further than the partitions.
  private static Looping retention(Trouble trouble) {
    var partitions =
        new DayPartitions(JdbcClient.create(trouble.dataSource()), trouble.transactions());
    return new Retention(
        partitions, null, null, null, DefaultSettings.AUDIT, InstantSource.system());
  }

  /** Each has a request. */
  private static final class Consumers extends DefaultKafkaConsumerFactory<byte[], byte[]> {
    private final Trouble trouble;

    Consumers(Trouble trouble) {
      super(Map.of());
      this.trouble = trouble;
    }

    @Override
    protected Consumer<byte[], byte[]> createRawConsumer(Map<String, Object> config) {
      var request = Examples.sendRequested();
      byte[] key = request.messageId().toString().getBytes(UTF_8);
      var consumer = trouble.consumer(Topics.REQUESTS);
      consumer.schedulePollTask(() -> {
        consumer.rebalance(List.of(new TopicPartition(Topics.REQUESTS, 0)));
        consumer.addRecord(
            new ConsumerRecord<>(Topics.REQUESTS, 0, 0, key, EventJson.write(request)));
      });
      return consumer;
    }
  }
}
