package io.tallypost.intake.rounds;

import io.tallypost.intake.IntakeSettings;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.outbox.BackgroundThread;
import io.tallypost.intake.outbox.ConfigReread;
import io.tallypost.intake.outbox.Database;
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

/** Does the periodic work that needs the database, in the background. */
final class DatabaseRounds {
  private static final Logger log = LoggerFactory.getLogger(DatabaseRounds.class);

  private final Database database;
  private final ConfigReread reread;
  private final LastUsed lastUsed;
  private final AdminLog adminLog;
  private final Expiries expiries;
  private final IntakeSettings settings;
  private final InstantSource clock;
  private boolean failing;

  DatabaseRounds(
      Database database,
      ConfigReread reread,
      LastUsed lastUsed,
      AdminLog adminLog,
      Expiries expiries,
      IntakeSettings settings,
      InstantSource clock) {
    this.database = database;
    this.reread = reread;
    this.lastUsed = lastUsed;
    this.adminLog = adminLog;
    this.expiries = expiries;
    this.settings = settings;
    this.clock = clock;
  }

  /** Round after round, until the thread is interrupted. */
  private void run() throws InterruptedException {
    while (true) {
      TimeUnit.NANOSECONDS.sleep(settings.rereadInterval().toNanos());
      if (database.isMigrated()) {
        round();
      }
    }
  }

  private void round() {
    try {
      reread.run(clock.instant());
      lastUsed.write();
      forget();
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

  private void forget() {
    int rows = adminLog.forgetBefore(clock.instant().minus(settings.adminLogRetention()));
    if (rows > 0) {
      log.atInfo().addKeyValue("entries", rows).log("old rows deleted");
    }
    expiries.apply(clock.instant());
  }

  /** Wires it. */
  @Configuration(proxyBeanMethods = false)
  static class Beans {
    /** Behind Spring Security (-100), which finds out who calls. */
    private static final int AFTER_SECURITY = -60;

    @Bean
    BackgroundThread databaseRounds(
        Database database,
        ConfigReread reread,
        LastUsed lastUsed,
        AdminLog adminLog,
        Expiries expiries,
        IntakeSettings settings,
        InstantSource clock) {
      var rounds =
          new DatabaseRounds(database, reread, lastUsed, adminLog, expiries, settings, clock);
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
