package io.posthorn.intake.keys;

import io.posthorn.intake.IntakeSettings;
import io.posthorn.intake.admin.BackgroundThread;
import io.posthorn.intake.admin.ConfigReread;
import io.posthorn.intake.admin.Database;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/** Does behind the requests what needs the database again and again. */
final class DatabaseRounds {
  private static final Logger log = LoggerFactory.getLogger(DatabaseRounds.class);

  private final Database database;
  private final ConfigReread reread;
  private final LastUsed lastUsed;
  private final Duration interval;
  private final InstantSource clock;
  private boolean failing;

  DatabaseRounds(
      Database database,
      ConfigReread reread,
      LastUsed lastUsed,
      Duration interval,
      InstantSource clock) {
    this.database = database;
    this.reread = reread;
    this.lastUsed = lastUsed;
    this.interval = interval;
    this.clock = clock;
  }

  /** Round after round, until the thread is interrupted. */
  private void run() throws InterruptedException {
    while (true) {
      TimeUnit.NANOSECONDS.sleep(interval.toNanos());
      if (database.isMigrated()) {
        round();
      }
    }
  }

  private void round() {
    try {
      reread.run(clock.instant());
      lastUsed.write();
      failing = false;
    } catch (DataAccessException | TransactionException e) {
      if (!failing) {
        log.atWarn()
            .addKeyValue("operation", "database-round")
            .log(
                "changes cannot be read from the database, trying again: {}",
                NestedExceptionUtils.getMostSpecificCause(e).getMessage());
      }
      failing = true;
    }
  }

  /** Puts it together. */
  @Configuration(proxyBeanMethods = false)
  static class Beans {
    /** Behind Spring Security (-100), which finds out who calls. */
    private static final int AFTER_SECURITY = -60;

    @Bean
    BackgroundThread databaseRounds(
        Database database,
        ConfigReread reread,
        LastUsed lastUsed,
        IntakeSettings settings,
        InstantSource clock) {
      var rounds = new DatabaseRounds(database, reread, lastUsed, settings.rereadInterval(), clock);
      return new BackgroundThread("database-rounds", rounds::run);
    }

    @Bean
    FilterRegistrationBean<LastUsedFilter> lastUsedFilter(LastUsed lastUsed, InstantSource clock) {
      var registration = new FilterRegistrationBean<>(new LastUsedFilter(lastUsed, clock));
      registration.setOrder(AFTER_SECURITY);
      return registration;
    }
  }
}
