package io.tallypost.audit.status;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was sent, in recipients, as quota counts.
 *
 * @param since the first day, in UTC, by the time of acceptance
 * @param days the newest first
 * @param truncated whether there is more than was asked for; absent if not
 */
record SentMail(LocalDate since, LocalDate until, List<Sent> days, @Nullable Boolean truncated) {

  /**
   * A day's recipients of a key's mail through a relay.
   *
   * @param relay the last one that was tried; absent where none was
   * @param open recipients who may still get it
   * @param cost the relay's price for the delivered ones, as set at their delivery
   */
  record Sent(
      LocalDate day,
      String tenant,
      String apiKeyId,
      @Nullable String relay,
      long delivered,
      long failed,
      long rejected,
      long open,
      BigDecimal cost) {}
}
