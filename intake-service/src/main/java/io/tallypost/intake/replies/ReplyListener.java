package io.tallypost.intake.replies;

import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.kit.kafka.ConsumerRole;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads another service's replies and hands those for this process to their waiters. It reads all
 * partitions from their end, without a group and without commits: nobody waits for an old reply.
 * Partitions that are added later are seen after a restart.
 *
 * @param <R> the reply
 */
public final class ReplyListener<R> implements Looping {
  private static final Logger log = LoggerFactory.getLogger(ReplyListener.class);
  private static final Duration POLL = Duration.ofSeconds(1);

  private final String topic;
  private final Class<R> type;
  private final Supplier<Consumer<byte[], byte[]>> consumers;
  private final InstanceId self;
  private final ReplyHandler<R> handler;
  private final Loop loop;
  private volatile boolean positioned;

  /** Takes the replies to this process. */
  public interface ReplyHandler<R> {
    void on(R reply);

    /**
     * Prepares what is needed to ask; called before it is said that replies are heard.
     *
     * @throws org.apache.kafka.common.KafkaException if the broker is away; it is called again
     */
    default void prepare() {}

    /** A record for this process is no reply; it is logged. */
    default void unreadable() {}
  }

  /**
   * Prepares to listen; {@link #start()} begins.
   *
   * @param consumerConfig how to reach the broker
   */
  public ReplyListener(
      String topic,
      Class<R> type,
      Map<String, Object> consumerConfig,
      InstanceId self,
      ReplyHandler<R> handler) {
    this(topic, type, () -> ConsumerRole.replies().open(consumerConfig), self, handler);
  }

  ReplyListener(
      String topic,
      Class<R> type,
      Supplier<Consumer<byte[], byte[]>> consumers,
      InstanceId self,
      ReplyHandler<R> handler) {
    this.topic = topic;
    this.type = type;
    this.consumers = consumers;
    this.self = self;
    this.handler = handler;
    this.loop = new Loop("replies-" + topic, LoopPolicy.waitingFor(Away.KAFKA), this::follow);
  }

  /** Whether it has found its position on every partition; from then on it misses no reply. */
  public boolean isPositioned() {
    return positioned;
  }

  @Override
  public Loop loop() {
    return loop;
  }

  /** Starts before the web server, and stops after it. */
  @Override
  public int getPhase() {
    return 0;
  }

  private void follow(Loop loop) {
    try (var consumer = consumers.get()) {
      loop.onStop(consumer::wakeup);
      follow(consumer);
    }
  }

  private void follow(Consumer<byte[], byte[]> consumer) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    // Seeking is lazy: without this the end is looked up only after the first request is out.
    partitions.forEach(consumer::position);
    handler.prepare();
    positioned = true;
    loop.well();
    while (!loop.isStopping()) {
      consumer.poll(POLL).forEach(this::on);
    }
  }

  private void on(ConsumerRecord<byte[], byte[]> record) {
    if (!self.isIn(record.headers().lastHeader(RecordHeaders.REPLY_TO))) {
      return;
    }
    try {
      handler.on(EventJson.read(record.value(), type));
    } catch (UnreadableRecordException e) {
      handler.unreadable();
      log.atError()
          .addKeyValue("topic", record.topic())
          .addKeyValue("partition", record.partition())
          .addKeyValue("offset", record.offset())
          .log("unreadable reply skipped: {}", e.getMessage());
    }
  }
}
