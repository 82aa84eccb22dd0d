package io.tallypost.audit.status;

import java.time.LocalDate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Adds up days that are over, or have changed since; until then the report does so at each request.
 */
@Component
class UsageRound {
  private static final Logger log = LoggerFactory.getLogger(UsageRound.class);

  private final UsageSums sums;

  UsageRound(UsageSums sums) {
    this.sums = sums;
  }

  /** At a fixed rate, so on a separate thread: other rounds do not wait for this one. */
  @Scheduled(initialDelayString = "PT1M", fixedRateString = "PT10M")
  void apply() {
    try {
      for (LocalDate day : sums.due()) {
        if (!added(day)) {
          return;
        }
      }
      sums.forgetDropped();
    } catch (DataAccessException | TransactionException e) {
      log.atWarn().setCause(e).log("no usage could be added up, trying again in ten minutes");
    }
  }

  private boolean added(LocalDate day) {
    try {
      return sums.add(day);
    } catch (DataAccessException e) {
      log.atWarn()
          .addKeyValue("day", day)
          .setCause(e)
          .log("the usage of a day could not be added up, trying again in ten minutes");
      return true;
    }
  }
}
