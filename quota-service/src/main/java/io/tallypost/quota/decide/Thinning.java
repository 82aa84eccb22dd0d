package io.tallypost.quota.decide;

import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.Looping;
import io.tallypost.quota.QuotaSettings;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Deletes rows that nobody needs any more, in small batches, each its own transaction. Several
 * replicas may do it at once: each skips rows that another holds.
 */
public final class Thinning implements Looping {
  private static final Logger log = LoggerFactory.getLogger(Thinning.class);

  private final JdbcClient db;
  private final QuotaSettings settings;
  private final InstantSource clock;
  private final Loop loop;

  public Thinning(JdbcClient db, QuotaSettings settings, InstantSource clock) {
    this.db = db;
    this.settings = settings;
    this.clock = clock;
    this.loop = Loop.every(settings.thinEvery(), "thinning", Away.DATABASE, this::thin);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  /** Runs from time to time. */
  public void thin() {
    long decisions = decisions(true, settings.keepKeyed());
    decisions += decisions(false, settings.keepOthers());
    long rejections = older("superseded", "decided_at", settings.keepKeyed());
    long counters = older("usage", "window_start", settings.keepUsage());
    if (decisions + rejections + counters > 0) {
      log.atInfo()
          .addKeyValue("decisions", decisions)
          .addKeyValue("superseded", rejections)
          .addKeyValue("counters", counters)
          .log("old rows deleted");
    }
  }

  private long decisions(boolean keyed, Duration keep) {
    return inBatches(
        """
        DELETE FROM quota.decision WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM quota.decision WHERE keyed = %s AND decided_at < ?::timestamptz
          ORDER BY decided_at LIMIT ? FOR UPDATE SKIP LOCKED))
        """
            .formatted(keyed),
        keep);
  }

  private long older(String table, String column, Duration keep) {
    return inBatches(
        """
        DELETE FROM quota.%1$s WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM quota.%1$s WHERE %2$s < ?::timestamptz
          ORDER BY %2$s LIMIT ? FOR UPDATE SKIP LOCKED))
        """
            .formatted(table, column),
        keep);
  }

  private long inBatches(String sql, Duration keep) {
    String before = clock.instant().minus(keep).toString();
    long deleted = 0;
    int last = settings.thinBatch();
    while (last == settings.thinBatch()) {
      last = db.sql(sql).param(before).param(settings.thinBatch()).update();
      deleted += last;
    }
    return deleted;
  }
}
