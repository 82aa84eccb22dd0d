package io.tallypost.audit;

import io.tallypost.kit.constraints.HttpUrl;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How the audit service keeps its log.
 *
 * @param publicUrl the base of links in answers: the address that clients know
 * @param group the consumer group; another name projects the topics anew, into a database of its
 *     own
 * @param retention how long messages are kept, in whole days from acceptance; at least as long as
 *     Idempotency-Keys, so that one id never means two mails
 * @param deadLetterRetention how long dead letters are kept, from their end; as long as their topic
 *     keeps them
 * @param operationsRetention how long finished replays and the rows of {@code admin_log} are kept;
 *     longer than dead letters. The rows stay at least 30 days, and as long as messages and dead
 *     letters
 * @param partitionsAhead for how many coming days partitions are created in advance; other days get
 *     theirs with their first message
 * @param batch the most records in one transaction; more catch up faster, lock rows longer and need
 *     more memory
 * @param linger how long the broker may wait to fill a batch; search shows a delivery about this
 *     much later
 * @param replayRate dead letters per second of a replay that names no rate; what relays can take
 *     beside other mail
 * @param unaccountedAfter how long an accepted message may be silent, waits for retries aside,
 *     before it counts as unaccounted for; longer than the workers' queue ever is
 * @param retryAfter the wait before the next try after PostgreSQL or Kafka failed
 * @param logConnections PostgreSQL connections for writing the log only; it needs one
 * @param workConnections PostgreSQL connections for operators' actions, replays and scheduled work
 * @param readConnections PostgreSQL connections for searches and other reads; further reads wait
 *     for 3 s, then get 503
 * @param readTimeout the most one read statement may take before it is ended and answered 503; the
 *     usage report has 20 s
 * @param readsPerKey simultaneous reads of one key in this process; fewer than {@code
 *     readConnections}, so that others get their turn. More wait for 2 s, then get 429
 * @param readsPerTenant simultaneous reads of all keys of one tenant; also fewer
 * @param readsPerMinute reads per minute of one key in this process; more get 429
 */
@Validated
@ConfigurationProperties("tallypost.audit")
public record AuditSettings(
    @DefaultValue("http://localhost:8080") @HttpUrl String publicUrl,
    @DefaultValue("audit-service") @NotBlank String group,
    @DefaultValue("30d") @DurationMin(days = 1, message = "must be at least 1d") Duration retention,
    @DefaultValue("90d") @DurationMin(days = 1, message = "must be at least 1d")
        Duration deadLetterRetention,
    @DefaultValue("365d") @DurationMin(days = 1, message = "must be at least 1d")
        Duration operationsRetention,
    @DefaultValue("2") @Min(1) @Max(30) int partitionsAhead,
    @DefaultValue("100") @Min(1) @Max(5000) int batch,
    @DefaultValue("200ms")
        @DurationMin(message = "must be 0s to 10s")
        @DurationMax(seconds = 10, message = "must be 0s to 10s")
        Duration linger,
    @DefaultValue("50") @Min(1) @Max(1000) int replayRate,
    @DefaultValue("15m") @DurationMin(seconds = 1, message = "must be at least 1s")
        Duration unaccountedAfter,
    @DefaultValue("1s")
        @DurationMin(inclusive = false, message = "must be above 0s and at most 1m")
        @DurationMax(minutes = 1, message = "must be above 0s and at most 1m")
        Duration retryAfter,
    @DefaultValue("2") @Min(1) @Max(50) int logConnections,
    @DefaultValue("6") @Min(2) @Max(100) int workConnections,
    @DefaultValue("8") @Min(1) @Max(100) int readConnections,
    @DefaultValue("5s")
        @DurationMin(millis = 100, message = "must be 100ms to 20s")
        @DurationMax(seconds = 20, message = "must be 100ms to 20s")
        Duration readTimeout,
    @DefaultValue("4") @Min(1) @Max(1000) int readsPerKey,
    @DefaultValue("6") @Min(1) @Max(1000) int readsPerTenant,
    @DefaultValue("6000") @Min(1) @Max(1_000_000) int readsPerMinute) {

  /**
   * How long it is known who did what: as long as replays, and never shorter than the rows that it
   * tells of.
   */
  public Duration adminLogRetention() {
    return Collections.max(List.of(operationsRetention, deadLetterRetention, retention));
  }

  /** Takes the slash from the URL's end. */
  public AuditSettings {
    publicUrl = publicUrl.replaceFirst("/+$", "");
  }
}
