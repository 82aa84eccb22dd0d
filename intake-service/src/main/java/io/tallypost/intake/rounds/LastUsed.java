package io.tallypost.intake.rounds;

import io.tallypost.ids.ApiKeyId;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * When each key was last used at this replica, to the minute. Requests only note it in memory; a
 * background thread writes it, so a crash loses the latest notes.
 */
class LastUsed {
  private final JdbcClient jdbc;
  private final Map<ApiKeyId, Instant> noted = new ConcurrentHashMap<>();

  LastUsed(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  void note(ApiKeyId key, Instant now) {
    noted.put(key, now.truncatedTo(ChronoUnit.MINUTES));
  }

  /** Writes the notes; those that cannot be written are kept. */
  void write() {
    // In one order at all replicas, each row by itself: they cannot wait for each other.
    var batch = new TreeMap<String, Instant>();
    noted.forEach((key, at) -> batch.put(key.value(), at));
    batch.forEach((key, at) -> {
      jdbc.sql(
              "UPDATE intake.api_key SET last_used_at = :at WHERE id = :id AND (last_used_at IS NULL OR last_used_at < :at)")
          .param("id", key)
          .param("at", at.atOffset(ZoneOffset.UTC))
          .update();
      noted.remove(new ApiKeyId(key), at);
    });
  }
}
