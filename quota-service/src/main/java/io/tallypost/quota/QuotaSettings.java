package io.tallypost.quota;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How quota decides and remembers.
 *
 * @param keepKeyed how long decisions on mail with an Idempotency-Key are kept, and so how long
 *     repeats are recognised; as long as audit keeps its rows, so that one id never means two mails
 * @param keepOthers how long other decisions are kept, at least 24 h; as long as {@code
 *     mail.requests} keeps its records
 * @param keepUsage how long counters are kept after their window began; longer than a month's
 *     window plus the wait for a decision, or a late request counts from 0
 * @param thinEvery how often old rows are deleted
 * @param thinBatch rows deleted at a time
 * @param retry the first wait after PostgreSQL or Kafka failed; it doubles up to {@code retryMost}
 * @param retryMost the longest wait between two tries
 * @param drain how long a stop or a rebalance waits for the last transaction; more than Kafka's
 *     transaction timeout of 5 s
 * @param mostPending verdicts and approvals that may wait for their transaction before reading
 *     stops
 */
@Validated
@ConfigurationProperties("tallypost.quota")
public record QuotaSettings(
    @DefaultValue("30d") @DurationMin(hours = 24, message = "must be at least 24h")
        Duration keepKeyed,
    @DefaultValue("14d") @DurationMin(hours = 24, message = "must be at least 24h")
        Duration keepOthers,
    @DefaultValue("50d")
        @DurationMin(
            days = 32,
            message = "must be at least 32d, so that no counter goes before its window ends")
        Duration keepUsage,
    @DefaultValue("10m") @DurationMin(inclusive = false, message = "must be longer than zero")
        Duration thinEvery,
    @DefaultValue("1000") @Min(1) int thinBatch,
    @DefaultValue("200ms") @DurationMin(inclusive = false, message = "must be longer than zero")
        Duration retry,
    @DefaultValue("5s") @DurationMin(inclusive = false, message = "must be longer than zero")
        Duration retryMost,
    @DefaultValue("8s") @DurationMin(inclusive = false, message = "must be longer than zero")
        Duration drain,
    @DefaultValue("4000") @Min(1) int mostPending) {

  /** Room for clocks that differ, and for decisions later than their requests. */
  private static final Duration MARGIN = Duration.ofHours(1);

  /** A decision on a request that was accepted within this time is still there. */
  public Duration certainlyKept() {
    return (keepKeyed.compareTo(keepOthers) < 0 ? keepKeyed : keepOthers).minus(MARGIN);
  }
}
