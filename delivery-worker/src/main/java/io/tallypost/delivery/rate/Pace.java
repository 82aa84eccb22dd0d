package io.tallypost.delivery.rate;

import io.tallypost.kit.rate.Bucket;
import io.tallypost.relays.SendingRate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Holds a relay's rate: this worker's share of so many mails per second and per minute. */
public final class Pace {
  private final SendingRate rate;
  private volatile double share;
  private volatile List<Bucket> buckets;
  private volatile Duration interval;

  public Pace(SendingRate rate, double share) {
    this.rate = rate;
    this.share = share;
    this.buckets = buckets(share);
    this.interval = interval(share);
  }

  /** Takes another share from now on. */
  public void share(double mine) {
    // New buckets have forgotten what was sent in this period: replace them only if necessary.
    if (mine != share) {
      share = mine;
      buckets = buckets(mine);
      interval = interval(mine);
    }
  }

  /** Counts one mail; false if there is no room for it now. */
  boolean tryTake() {
    return buckets.stream().allMatch(Bucket::tryTake);
  }

  /** The earliest time at which there is room again. */
  public Instant freeAt(Instant now) {
    Duration longest =
        buckets.stream().map(Bucket::untilFree).max(Duration::compareTo).orElse(Duration.ZERO);
    return now.plus(longest);
  }

  /** The time per mail at this rate. */
  public Duration interval() {
    return interval;
  }

  private List<Bucket> buckets(double share) {
    return Stream.of(
            bucket(rate.perSecond(), Duration.ofSeconds(1), share),
            bucket(rate.perMinute(), Duration.ofMinutes(1), share))
        .flatMap(Stream::ofNullable)
        .toList();
  }

  private static @Nullable Bucket bucket(@Nullable Integer limit, Duration period, double share) {
    if (limit == null) {
      return null;
    }
    double mine = limit * share;
    int whole = Math.max(1, (int) mine);
    // A share that is not a whole number of mails in a period becomes one in a longer or shorter
    // period.
    Duration stretched =
        mine == 0 ? period : Duration.ofNanos((long) (period.toNanos() * (whole / mine)));
    return new Bucket(whole, stretched);
  }

  private Duration interval(double share) {
    double perSecond =
        Math.min(
            rate.perSecond() == null ? Double.MAX_VALUE : rate.perSecond(),
            rate.perMinute() == null ? Double.MAX_VALUE : rate.perMinute() / 60.0);
    double mine = perSecond * (share == 0 ? 1 : share);
    return Duration.ofNanos((long) (1_000_000_000L / mine));
  }
}
