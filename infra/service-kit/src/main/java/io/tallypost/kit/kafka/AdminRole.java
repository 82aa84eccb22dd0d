package io.tallypost.kit.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/**
 * What an admin client is for, and the settings that follow from it: all services' admin clients in
 * one place.
 */
public final class AdminRole {
  private final Map<String, Object> settings;

  private AdminRole(Map<String, Object> settings) {
    this.settings = Map.copyOf(settings);
  }

  /** A loop's or the start's, with Kafka's own times: nobody waits for the answer. */
  public static AdminRole patient() {
    return new AdminRole(Map.of());
  }

  /** Audit's: an operator waits for the answer, or a job tries again. */
  public static AdminRole operator() {
    return new AdminRole(times(Duration.ofSeconds(3), Duration.ofSeconds(5)));
  }

  /** Quota's, which asks for the topic's id: callers wait for verdicts meanwhile. */
  public static AdminRole topicId(String clientId) {
    Map<String, Object> role = times(Duration.ofSeconds(3), Duration.ofSeconds(5));
    role.put(AdminClientConfig.CLIENT_ID_CONFIG, clientId);
    return new AdminRole(role);
  }

  /** Intake's, for its health: one question, with this time. */
  public static AdminRole probe(Duration patience) {
    return new AdminRole(times(patience, patience));
  }

  private static Map<String, Object> times(Duration request, Duration call) {
    Map<String, Object> role = new HashMap<>();
    role.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(request.toMillis()));
    role.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(call.toMillis()));
    return role;
  }

  /**
   * An admin client in this role.
   *
   * @param connection how to reach the brokers
   */
  public Admin open(Map<String, Object> connection) {
    Map<String, Object> all = new HashMap<>(connection);
    all.putAll(settings);
    return Admin.create(all);
  }
}
