package io.tallypost.audit;

import io.tallypost.settings.HttpUrl;
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
 * @param publicUrl what links in answers begin with; the address that clients know
 * @param group the consumer group; another one projects the topics anew, into a database of its own
 * @param retention how long messages are kept, in whole days from their acceptance; at least as
 *     long as Idempotency-Keys are remembered, so that one id never means two mails
 * @param deadLetterRetention how long dead letters are kept, from their end; as long as their topic
 *     keeps them
 * @param operationsRetention how long replays are kept, from their end, and the rows of {@code
 *     admin_log}: who did what; longer than dead letters, whose replays they tell of. The rows are
 *     kept for 30 days at least, and never for shorter than messages and dead letters
 * @param partitionsAhead for how many coming days partitions are made beforehand; other days get
 *     theirs when their first message comes
 * @param batch the most records written in one transaction; larger ones catch up faster and hold
 *     their rows longer
 * @param linger how long the broker may hold back records to fill a batch; a message can be read
 *     back about this long after it was delivered
 * @param replayRate how many dead letters per second a replay sends that names no rate; what the
 *     relays take beside their other mail
 * @param unaccountedAfter how long nothing may be heard of an accepted message, beside the times
 *     that it waits for by a retry, before it counts as unaccounted for; longer than the workers'
 *     queue ever is
 * @param retryAfter how long to wait before PostgreSQL or Kafka is asked again after a failure
 * @param logConnections how many connections to PostgreSQL are for writing the log alone; it needs
 *     one
 * @param workConnections how many are for operators' actions, replays and what is done by the clock
 * @param readConnections how many are for searches and everything else that is read; what more
 *     reads there are at once wait for 3 s, and are then answered 503
 * @param readTimeout how long one statement of a read may take before it is ended and answered 503;
 *     the usage report has 20 s
 * @param readsPerKey how many reads of one key are answered at once at this process; fewer than
 *     {@code readConnections}, or one key keeps the others waiting. More wait for 2 s and are then
 *     answered 429
 * @param readsPerTenant how many reads of all keys of one tenant are answered at once; also fewer
 * @param readsPerMinute how many reads one key may make in a minute at this process; beyond that it
 *     is answered 429
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
    @DefaultValue("500") @Min(1) @Max(5000) int batch,
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
