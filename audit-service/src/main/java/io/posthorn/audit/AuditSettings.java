package io.posthorn.audit;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the audit service keeps its log.
 *
 * @param publicUrl {@code PUBLIC_URL}: what links in answers begin with; the address that clients
 *     know
 * @param group the consumer group; another one projects the topics anew, into a database of its own
 * @param retention how long messages are kept, in whole days from their acceptance; at least as
 *     long as Idempotency-Keys are remembered, so that one id never means two mails
 * @param deadLetterRetention how long dead letters are kept, from their end; as long as their topic
 *     keeps them
 * @param partitionsAhead for how many coming days partitions are made beforehand; other days get
 *     theirs when their first message comes
 * @param batch the most records written in one transaction; larger ones catch up faster and hold
 *     their rows longer
 * @param linger how long the broker may hold back records to fill a batch; a message can be read
 *     back about this long after it was delivered
 * @param retryAfter how long to wait before PostgreSQL or Kafka is asked again after a failure
 */
@ConfigurationProperties("posthorn.audit")
public record AuditSettings(
    @DefaultValue("http://localhost:8080") String publicUrl,
    @DefaultValue("audit-service") String group,
    @DefaultValue("30d") Duration retention,
    @DefaultValue("90d") Duration deadLetterRetention,
    @DefaultValue("2") int partitionsAhead,
    @DefaultValue("500") int batch,
    @DefaultValue("200ms") Duration linger,
    @DefaultValue("1s") Duration retryAfter) {

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one of them is left; the message names the setting
   */
  public AuditSettings {
    publicUrl = publicUrl.replaceFirst("/+$", "");
    require(!group.isBlank(), "group is not blank");
    require(retention.toDays() >= 1, "retention is at least 1d");
    require(deadLetterRetention.toDays() >= 1, "dead-letter-retention is at least 1d");
    require(partitionsAhead >= 1 && partitionsAhead <= 30, "partitions-ahead is 1 to 30");
    require(batch >= 1 && batch <= 5000, "batch is 1 to 5000");
    require(
        !linger.isNegative() && linger.compareTo(Duration.ofSeconds(10)) <= 0,
        "linger is 0s to 10s");
    require(
        retryAfter.isPositive() && retryAfter.compareTo(Duration.ofMinutes(1)) <= 0,
        "retry-after is above 0s and at most 1m");
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException("posthorn.audit." + what);
    }
  }
}
