package io.posthorn.intake.keys;

import io.posthorn.intake.IntakeSettings;
import io.posthorn.intake.admin.ConfigReread;
import io.posthorn.intake.admin.Database;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/** Does behind the requests what needs the database again and again. */
final class DatabaseRounds implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(DatabaseRounds.class);

  private final Database database;
  private final ConfigReread reread;
  private final LastUsed lastUsed;
  private final Duration interval;
  private final InstantSource clock;
  private volatile boolean running;
  private boolean failing;
  private @Nullable Thread thread;

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

  @Override
  public void start() {
    running = true;
    thread = Thread.ofPlatform().name("database-rounds").daemon().start(this::run);
  }

  @Override
  public void stop() {
    running = false;
    if (thread != null) {
      thread.interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return 0;
  }

  private void run() {
    try {
      while (running) {
        TimeUnit.NANOSECONDS.sleep(interval.toNanos());
        if (database.isMigrated()) {
          round();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
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
    DatabaseRounds databaseRounds(
        Database database,
        ConfigReread reread,
        LastUsed lastUsed,
        IntakeSettings settings,
        InstantSource clock) {
      return new DatabaseRounds(database, reread, lastUsed, settings.rereadInterval(), clock);
    }

    @Bean
    FilterRegistrationBean<LastUsedFilter> lastUsedFilter(LastUsed lastUsed, InstantSource clock) {
      var registration = new FilterRegistrationBean<>(new LastUsedFilter(lastUsed, clock));
      registration.setOrder(AFTER_SECURITY);
      return registration;
    }
  }
}
