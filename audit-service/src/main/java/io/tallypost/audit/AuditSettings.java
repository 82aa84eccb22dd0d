package io.tallypost.audit;

import io.tallypost.settings.HttpUrl;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import java.time.Duration;
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
 *     admin_log}: who did what; longer than dead letters, whose replays they tell of
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
        Duration retryAfter) {

  /** Takes the slash from the URL's end. */
  public AuditSettings {
    publicUrl = publicUrl.replaceFirst("/+$", "");
  }
}
