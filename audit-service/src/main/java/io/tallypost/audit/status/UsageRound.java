package io.tallypost.audit.status;

import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import java.time.LocalDate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.stereotype.Component;

/**
 * Adds up days that are over, or have changed since; until then the report does so at each request.
 */
@Component
class UsageRound implements Looping {
  private static final Logger log = LoggerFactory.getLogger(UsageRound.class);
  private static final Duration EVERY = Duration.ofMinutes(10);

  private final UsageSums sums;
  private final Loop loop;

  UsageRound(UsageSums sums) {
    this.sums = sums;
    this.loop = Loop.every(EVERY, "usage-round", Away.DATABASE, this::apply);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  void apply() {
    for (LocalDate day : sums.due()) {
      if (!added(day)) {
        return;
      }
    }
    sums.forgetDropped();
  }

  /**
   * What lies with one day does not keep the others from it: its rows, the time that they take, or
   * another replica, which has just done it.
   */
  private boolean added(LocalDate day) {
    try {
      return sums.add(day);
    } catch (DataIntegrityViolationException
        | QueryTimeoutException
        | ConcurrencyFailureException e) {
      log.atWarn()
          .addKeyValue("day", day)
          .setCause(e)
          .log("the usage of a day could not be added up, trying again in ten minutes");
      return true;
    }
  }
}
