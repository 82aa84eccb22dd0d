package io.tallypost.relays;

import org.jspecify.annotations.Nullable;

/**
 * How fast a relay may be sent to, by all workers together.
 *
 * @param perSecond messages per second; null where it has no such limit
 * @param perMinute messages per minute; null where it has no such limit
 */
public record SendingRate(@Nullable Integer perSecond, @Nullable Integer perMinute) {
  /** As fast as it goes. */
  public static final SendingRate UNLIMITED = new SendingRate(null, null);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  public SendingRate {
    if ((perSecond != null && perSecond < 1) || (perMinute != null && perMinute < 1)) {
      throw new IllegalArgumentException("a rate is at least 1");
    }
  }
}
