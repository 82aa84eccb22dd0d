package io.tallypost.kit.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What a consumer is for, and the settings that follow from it: all services' consumers in one
 * place. What a role does not say is {@code spring.kafka}'s, or Kafka's default.
 */
public final class ConsumerRole {
  /**
   * The partitions of a member that died wait this long for the others; a member's own pauses must
   * be shorter. Kafka's default is 45 s, and brokers take no less than 6 s.
   */
  private static final int SESSION_MS = 8_000;

  /** Three may be lost before a session is over. */
  private static final int HEARTBEAT_MS = 2_000;

  /** Config changes and replies are rare and still come at once; asking costs the broker. */
  private static final int RARE_MS = 5_000;

  private final Map<String, Object> settings;

  private ConsumerRole(Map<String, Object> settings) {
    this.settings = Map.copyOf(settings);
  }

  /**
   * A worker's: approved mail, relay tests.
   *
   * @param mostRecords records per poll
   */
  public static ConsumerRole worker(String group, int mostRecords) {
    return new ConsumerRole(sending(group, mostRecords));
  }

  /**
   * A worker's: retries that wait.
   *
   * @param mostRecords records per poll
   */
  public static ConsumerRole retries(String group, int mostRecords) {
    Map<String, Object> role = sending(group, mostRecords);
    fetchingLittle(role);
    return new ConsumerRole(role);
  }

  /** Quota's: requests. */
  public static ConsumerRole requests(String group, String clientId) {
    Map<String, Object> role = member(group);
    role.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
    // The loop itself goes to the earliest record, and then checks whether the topic is a new one.
    role.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    fetchingLittle(role);
    // At once, the largest take 120 MB: themselves, and what is read from them.
    role.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 50);
    // Callers wait for verdicts: the loop must know soon that the brokers are away.
    role.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
    role.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 10_000);
    return new ConsumerRole(role);
  }

  /**
   * Audit's: all topics with results.
   *
   * @param mostRecords records per poll, which are written in one transaction
   * @param linger how long the brokers wait for a batch that is worth its transaction
   */
  public static ConsumerRole log(String group, int mostRecords, Duration linger) {
    Map<String, Object> role = member(group);
    role.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    role.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, mostRecords);
    fetchingLittle(role);
    role.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 64 * 1024);
    role.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int) linger.toMillis());
    return new ConsumerRole(role);
  }

  /** Every service's: a compacted topic from its beginning, in each process. */
  public static ConsumerRole view() {
    Map<String, Object> role = alone("earliest");
    role.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, RARE_MS);
    return new ConsumerRole(role);
  }

  /** Intake's: replies from now on, in each process. */
  public static ConsumerRole replies() {
    Map<String, Object> role = alone("latest");
    // Replies are published outside of any transaction, as soon as they are known.
    role.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    role.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 10_000);
    role.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, RARE_MS);
    return new ConsumerRole(role);
  }

  /** Audit's: single records by their place, for somebody who waits. */
  public static ConsumerRole singleRecords() {
    Map<String, Object> role = alone("none");
    role.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
    // The broker returns at least a whole batch; no more is needed.
    role.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 16 * 1024);
    role.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, 3_000);
    role.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 5_000);
    return new ConsumerRole(role);
  }

  /** Audit's: the name of a group that nobody joins, for a replay's transactions. */
  public static ConsumerRole nobody(String group) {
    Map<String, Object> role = new HashMap<>();
    role.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    role.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    return new ConsumerRole(role);
  }

  /** What holds for all of a worker's. */
  private static Map<String, Object> sending(String group, int mostRecords) {
    Map<String, Object> role = member(group);
    // A group that starts anywhere but at the first record loses mail.
    role.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    role.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, mostRecords);
    // A hand-over may take this long without the worker counting as dead.
    role.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, 300_000);
    // Half a minute until partitions are seen that were added, not five.
    role.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, 30_000);
    // What is fetched ahead from each broker, compressed; a larger record comes nevertheless. The
    // default of 50 MB is too much beside the mail itself, with three consumers in a worker.
    role.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 4 * 1024 * 1024);
    role.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 1024 * 1024);
    return role;
  }

  /** What holds for every member of a group. */
  private static Map<String, Object> member(String group) {
    Map<String, Object> role = new HashMap<>();
    role.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    // An offset moves when the record's results are written, not when it is read.
    role.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    role.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    // The default assignor stops everybody while one member finishes what it must give away.
    role.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    role.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_MS);
    role.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, HEARTBEAT_MS);
    return role;
  }

  /**
   * A poll's records are in memory at once, and text of repeated lines is 200 times as large as it
   * is compressed: a process that ends by that would end again after each start.
   */
  private static void fetchingLittle(Map<String, Object> role) {
    role.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 256 * 1024);
    role.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 64 * 1024);
  }

  /** One without a group keeps its own place, or none. */
  private static Map<String, Object> alone(String reset) {
    Map<String, Object> role = new HashMap<>();
    role.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    role.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, reset);
    return role;
  }

  /**
   * A consumer in this role.
   *
   * @param connection how to reach the brokers
   */
  public KafkaConsumer<byte[], byte[]> open(Map<String, Object> connection) {
    return new KafkaConsumer<>(
        over(connection), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** The settings, for a factory that adds how to reach the brokers. */
  public Properties properties() {
    var properties = new Properties();
    settings.forEach((name, value) -> properties.setProperty(name, value.toString()));
    return properties;
  }

  /** All settings of a consumer in this role. */
  Map<String, Object> over(Map<String, Object> connection) {
    Map<String, Object> all = new HashMap<>(connection);
    all.remove(ConsumerConfig.GROUP_ID_CONFIG);
    all.putAll(settings);
    return all;
  }
}
