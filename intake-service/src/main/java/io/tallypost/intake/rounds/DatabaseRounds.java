package io.tallypost.intake.rounds;

import io.tallypost.intake.IntakeSettings;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.outbox.ConfigReread;
import io.tallypost.intake.outbox.Database;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does the periodic work that needs the database, in the background. */
final class DatabaseRounds implements Looping {
  private static final Logger log = LoggerFactory.getLogger(DatabaseRounds.class);

  private final Database database;
  private final ConfigReread reread;
  private final LastUsed lastUsed;
  private final AdminLog adminLog;
  private final Expiries expiries;
  private final IntakeSettings settings;
  private final InstantSource clock;
  private final Loop loop;

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
    Duration interval = settings.rereadInterval();
    this.loop = Loop.every(interval, "database-rounds", Away.DATABASE, this::round);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  /** As long as requests are answered. */
  @Override
  public int getPhase() {
    return 0;
  }

  private void round() {
    if (database.isMigrated()) {
      reread.run(clock.instant());
      lastUsed.write();
      forget();
    }
  }

  private void forget() {
    int rows = adminLog.forgetBefore(clock.instant().minus(settings.adminLogRetention()));
    if (rows > 0) {
      log.atInfo().addKeyValue("entries", rows).log("old rows deleted");
    }
    expiries.apply(clock.instant());
  }
}
