package io.tallypost.delivery;

import io.tallypost.delivery.smtp.session.RelaySettings;
import io.tallypost.events.Topics;
import io.tallypost.kit.settings.Concerns;
import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotEmpty;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * The worker's settings.
 *
 * @param maxInFlight messages being worked on at once; more than the relays' connections is of no
 *     use, and a crash may resend each
 * @param bulkPercent percent of the in-flight budget, and of each relay's connections, for bulk
 *     mail while transactional mail waits
 * @param maxBytesInFlight memory for mail from poll to end, five times its size each; 0 is a
 *     quarter of the heap
 * @param relayPercent percent of the in-flight budget, places and bytes, for one relay, of what
 *     other relays leave
 * @param tenantPercent percent of it for one tenant, over all its relays, of what other tenants
 *     leave
 * @param commitInterval how often progress is committed; a crash resends what finished since
 * @param drainTimeout how long a stop waits for relays' last replies; shorter than the platform
 *     waits before it kills
 * @param revokeTimeout the same when another worker takes a partition; shorter than the broker's
 *     rebalance timeout
 * @param traceHeader whether mail carries its trace id in {@code X-Tallypost-Trace}
 * @param simulatedSlowness how long {@code slow@simulator.tallypost.test} takes
 * @param instance a unique name for this process, best the same after a restart if the platform
 *     names processes; blank → generated
 * @param retry when mail is tried again
 * @param relay where mail goes
 */
@Validated
@ConfigurationProperties("tallypost.delivery")
public record DeliverySettings(
    @DefaultValue("256") @Min(1) int maxInFlight,
    @DefaultValue("50") @Min(1) @Max(100) int bulkPercent,
    @DefaultValue("0") DataSize maxBytesInFlight,
    @DefaultValue("25") @Min(1) @Max(100) int relayPercent,
    @DefaultValue("50") @Min(1) @Max(100) int tenantPercent,
    @DefaultValue("100ms") @DurationMin(inclusive = false, message = "must be longer than zero")
        Duration commitInterval,
    @DefaultValue("30s") @DurationMin(inclusive = false, message = "must be longer than zero")
        Duration drainTimeout,
    @DefaultValue("10s")
        @DurationMin(inclusive = false, message = "must be longer than zero")
        @DurationMax(
            minutes = 4,
            message = "must be at most 4m: Kafka takes a worker for dead that hands over for 5m")
        Duration revokeTimeout,
    @DefaultValue("true") boolean traceHeader,
    @DefaultValue("5s") @DurationMin(message = "must not be negative") Duration simulatedSlowness,
    @DefaultValue("") String instance,
    @DefaultValue @Valid Retry retry,
    @DefaultValue @Valid @NestedConfigurationProperty RelaySettings relay) {

  private static final long LEAST_BYTES = DataSize.ofMegabytes(1).toBytes();

  /** Generates a name for this process if it has none. */
  public DeliverySettings {
    instance = instance.isBlank() ? UUID.randomUUID().toString() : instance;
  }

  /** {@link #maxBytesInFlight} as a number. */
  public long bytesInFlight() {
    return maxBytesInFlight.toBytes() == 0
        ? Runtime.getRuntime().maxMemory() / 4
        : maxBytesInFlight.toBytes();
  }

  /** Enough for a few small mails. */
  @Concerns("maxBytesInFlight")
  @AssertTrue(message = "must be at least 1MB, or 0 for a quarter of the heap")
  public boolean isRoomForMail() {
    return maxBytesInFlight.toBytes() == 0 || maxBytesInFlight.toBytes() >= LEAST_BYTES;
  }

  /**
   * When mail is tried again.
   *
   * @param delays the wait after the first attempt, the second and so on; the last repeats. Each
   *     has a topic of its own
   * @param longestParking the longest wait before mail is looked at again when no relay could be
   *     asked (a hold, an open breaker). Waits begin with the shortest delay and grow with the time
   *     that the mail has waited
   * @param maxAge how long after acceptance (or replay) a mail is given up; it is tried at least
   *     once
   */
  public record Retry(
      @DefaultValue({"30s", "2m", "10m", "1h", "4h"}) @NotEmpty List<Duration> delays,
      @DefaultValue("10m") @DurationMin(inclusive = false, message = "must be longer than zero")
          Duration longestParking,
      @DefaultValue("24h") @DurationMin(inclusive = false, message = "must be longer than zero")
          Duration maxAge) {

    public Retry {
      delays = List.copyOf(delays);
    }

    /** The topics that mail waits in. */
    public Rungs rungs() {
      return new Rungs(delays);
    }

    public RetrySchedule schedule() {
      return new RetrySchedule(delays, longestParking, maxAge);
    }

    /** Nothing waits for less than the shortest delay. */
    @Concerns({"longestParking", "delays"})
    @AssertTrue(message = "longest-parking must not be shorter than the shortest of delays")
    public boolean isLongestParkingADelayAtLeast() {
      return delays.stream().anyMatch(delay -> delay.compareTo(longestParking) <= 0);
    }

    /** Each delay names a topic. */
    @Concerns("delays")
    @AssertTrue(message = "delays must be longer than zero and each in the list once")
    public boolean isEveryDelayATopic() {
      return delays.stream().allMatch(Duration::isPositive)
          && delays.stream().map(Topics::retry).distinct().count() == delays.size();
    }
  }
}
