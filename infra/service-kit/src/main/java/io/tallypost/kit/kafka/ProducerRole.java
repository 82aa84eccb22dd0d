package io.tallypost.kit.kafka;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What a producer is for, and the settings that follow from it: all services' producers in one
 * place. What a role does not say is {@code spring.kafka}'s (in each service: all in-sync replicas
 * acknowledge, idempotent), or Kafka's default.
 */
public final class ProducerRole {
  /** A process that dies in a transaction hides later records from all readers for that long. */
  private static final int TRANSACTION_MS = 5_000;

  private static final int REQUEST_MS = 3_000;

  private final Map<String, Object> settings;

  private ProducerRole(Map<String, Object> settings) {
    this.settings = Map.copyOf(settings);
  }

  /**
   * Intake's, behind each 202: acknowledged by all in-sync replicas, and idempotent, so that its
   * own retries make no copies. Its times add up to less than the 10 s in which a client is
   * answered: 2 s to find the broker and room in the buffer, then 7 s for all tries together.
   */
  public static ProducerRole accepting() {
    Map<String, Object> role = durable();
    // Enough for a batch under load, too short for a sender to notice.
    role.put(ProducerConfig.LINGER_MS_CONFIG, 3);
    role.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 2_000);
    role.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_MS);
    role.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 7_000);
    return new ProducerRole(role);
  }

  /** Quota's, for verdicts, which may be repeated. */
  public static ProducerRole verdicts(String clientId) {
    Map<String, Object> role = soon();
    role.putAll(durable());
    role.put(ProducerConfig.CLIENT_ID_CONFIG, clientId);
    return new ProducerRole(role);
  }

  /** Quota's, for approvals, dead letters and offsets. */
  public static ProducerRole approvals(String clientId, String transactionalId) {
    Map<String, Object> role = transactional(transactionalId);
    role.putAll(durable());
    role.put(ProducerConfig.CLIENT_ID_CONFIG, clientId);
    return new ProducerRole(role);
  }

  /** Audit's, for what operators do: somebody waits for the answer, or a job tries again. */
  public static ProducerRole operatorActions(String transactionalId) {
    Map<String, Object> role = transactional(transactionalId);
    role.put(ProducerConfig.CLIENT_ID_CONFIG, transactionalId);
    return new ProducerRole(role);
  }

  /** A worker's, which moves retries that are due to the queue. */
  public static ProducerRole retries(String transactionalId) {
    Map<String, Object> role = new HashMap<>();
    role.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
    role.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_MS);
    role.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_MS);
    // A transaction cannot outlive its timeout, so a record need not wait longer either.
    role.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, TRANSACTION_MS);
    return new ProducerRole(role);
  }

  /**
   * A worker's, for outcomes, retries and dead letters. It never gives a record up that the brokers
   * may have: written anew under another sequence number, it would be there twice, and a mail's
   * retry would be a copy. Nobody waits for it: hand-overs and stops wait for results no longer
   * than their own time.
   */
  public static ProducerRole outcomes() {
    Map<String, Object> role = new HashMap<>();
    role.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE);
    // With more, the second batch to a partition that has just been made may be taken where the
    // first was not, because the broker did not know the partition yet. The first one is then out
    // of sequence until its time is over: for ever (KAFKA-15591, mended in brokers after 4.2).
    role.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
    return new ProducerRole(role);
  }

  /** Every service's, for a single entry of the admin log. */
  public static ProducerRole adminEntry() {
    Map<String, Object> role = new HashMap<>();
    role.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    role.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 3_000);
    role.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_MS);
    role.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 4_000);
    return new ProducerRole(role);
  }

  private static Map<String, Object> transactional(String transactionalId) {
    Map<String, Object> role = soon();
    role.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
    role.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_MS);
    return role;
  }

  /** Said again here, because promises stand on it. */
  private static Map<String, Object> durable() {
    Map<String, Object> role = new HashMap<>();
    role.put(ProducerConfig.ACKS_CONFIG, "all");
    role.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    return role;
  }

  /** Sends at once, and gives up before its transaction's time is over. */
  private static Map<String, Object> soon() {
    Map<String, Object> role = new HashMap<>();
    role.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    role.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 4_000);
    role.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_MS);
    role.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 4_500);
    return role;
  }

  /**
   * A producer in this role. {@code initTransactions} is left to the caller.
   *
   * @param connection how to reach the brokers
   */
  public Producer<byte[], byte[]> open(Map<String, Object> connection) {
    return new KafkaProducer<>(
        over(connection), new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** The settings, for a factory that has how to reach the brokers. */
  public Map<String, Object> settings() {
    return settings;
  }

  /** All settings of a producer in this role. */
  Map<String, Object> over(Map<String, Object> connection) {
    Map<String, Object> all = new HashMap<>(connection);
    all.putAll(settings);
    return all;
  }
}
