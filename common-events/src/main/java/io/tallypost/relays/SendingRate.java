package io.tallypost.relays;

import org.jspecify.annotations.Nullable;

/**
 * A relay's maximum rate, of all workers together.
 *
 * @param perSecond messages per second; null for no such limit
 * @param perMinute messages per minute; null for no such limit
 */
public record SendingRate(@Nullable Integer perSecond, @Nullable Integer perMinute) {
  /** No limit. */
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
