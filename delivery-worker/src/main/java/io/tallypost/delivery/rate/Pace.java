package io.tallypost.delivery.rate;

import io.tallypost.kit.rate.Bucket;
import io.tallypost.relays.SendingRate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
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
    this.buckets =
        parts(share).stream().map(part -> new Bucket(part.mails(), part.period())).toList();
    this.interval = interval(share);
  }

  /** This worker's part of a limit. */
  private record Part(int mails, Duration period) {}

  /** Takes another share from now on. What was sent in this period counts. */
  public synchronized void share(double mine) {
    if (mine != share) {
      share = mine;
      List<Part> parts = parts(mine);
      List<Bucket> before = buckets;
      buckets =
          IntStream.range(0, parts.size())
              .mapToObj(i -> before.get(i).resized(parts.get(i).mails(), parts.get(i).period()))
              .toList();
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

  /** One for each limit that the rate has, always in the same order. */
  private List<Part> parts(double share) {
    return Stream.of(
            part(rate.perSecond(), Duration.ofSeconds(1), share),
            part(rate.perMinute(), Duration.ofMinutes(1), share))
        .flatMap(Stream::ofNullable)
        .toList();
  }

  private static @Nullable Part part(@Nullable Integer limit, Duration period, double share) {
    if (limit == null) {
      return null;
    }
    double mine = limit * share;
    int whole = Math.max(1, (int) mine);
    // A share that is not a whole number of mails in a period becomes one in a longer or shorter
    // period.
    Duration stretched =
        mine == 0 ? period : Duration.ofNanos((long) (period.toNanos() * (whole / mine)));
    return new Part(whole, stretched);
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
