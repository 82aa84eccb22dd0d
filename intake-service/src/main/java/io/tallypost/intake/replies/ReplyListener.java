package io.tallypost.intake.replies;

import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.UnreadableRecordException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Reads another service's replies and hands those for this process to their waiters. It reads all
 * partitions from their end, without a group and without commits: nobody waits for an old reply.
 * Partitions that are added later are seen after a restart.
 *
 * @param <R> the reply
 */
public final class ReplyListener<R> implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(ReplyListener.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

  private final String topic;
  private final Class<R> type;
  private final Map<String, Object> config;
  private final InstanceId self;
  private final Hearer<R> hearer;
  private volatile boolean running;
  private volatile boolean positioned;
  private volatile @Nullable Thread thread;
  private volatile @Nullable Consumer<byte[], byte[]> current;

  /** Takes the replies to this process. */
  public interface Hearer<R> {
    void on(R reply);

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
      Hearer<R> hearer) {
    this.topic = topic;
    this.type = type;
    this.config = new HashMap<>(consumerConfig);
    this.config.remove(ConsumerConfig.GROUP_ID_CONFIG);
    this.config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    this.config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
    // Replies are published outside of any transaction, as soon as they are known.
    this.config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    this.config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 10_000);
    // Replies still come at once; polling more often while there are none only costs the broker.
    this.config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 5_000);
    this.self = self;
    this.hearer = hearer;
  }

  /** Whether it has found its position on every partition; from then on it misses no reply. */
  public boolean isPositioned() {
    return positioned;
  }

  /** False when the loop has died, which only a bug does. */
  public boolean isAlive() {
    Thread loop = thread;
    return !running || (loop != null && loop.isAlive());
  }

  @Override
  public void start() {
    running = true;
    thread = Thread.ofPlatform().name("replies-" + topic).daemon().start(this::run);
  }

  @Override
  public void stop() {
    running = false;
    Consumer<byte[], byte[]> consumer = current;
    if (consumer != null) {
      consumer.wakeup();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Starts before the web server, and stops after it. */
  @Override
  public int getPhase() {
    return 0;
  }

  private void run() {
    while (running) {
      try (var consumer =
          new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        current = consumer;
        follow(consumer);
      } catch (WakeupException e) {
        // stop() asked for it
      } catch (KafkaException e) {
        log.atWarn()
            .addKeyValue("topic", topic)
            .setCause(e)
            .log("listener for replies lost its broker, trying again");
        pause();
      }
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
    positioned = true;
    while (running) {
      consumer.poll(POLL).forEach(this::on);
    }
  }

  private void on(ConsumerRecord<byte[], byte[]> record) {
    if (!self.isIn(record.headers().lastHeader(RecordHeaders.REPLY_TO))) {
      return;
    }
    try {
      hearer.on(EventJson.read(record.value(), type));
    } catch (UnreadableRecordException e) {
      hearer.unreadable();
      log.atError()
          .addKeyValue("topic", record.topic())
          .addKeyValue("partition", record.partition())
          .addKeyValue("offset", record.offset())
          .log("unreadable reply skipped: {}", e.getMessage());
    }
  }

  private void pause() {
    try {
      Thread.sleep(PAUSE_AFTER_FAILURE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
