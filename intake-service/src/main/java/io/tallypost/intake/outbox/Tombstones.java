package io.tallypost.intake.outbox;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What was deleted recently: its row is gone, so another one must say so. */
@Repository
public class Tombstones {
  private final JdbcClient jdbc;

  public Tombstones(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Something that was deleted.
   *
   * @param version above the last version of its row
   */
  record Tombstone(String topic, String key, long version) {}

  void add(Tombstone tombstone, Instant at) {
    jdbc.sql(
            "INSERT INTO intake.tombstone (topic, key, version, deleted_at) VALUES (:topic, :key, :version, :at) ON CONFLICT (topic, key) DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at")
        .param("topic", tombstone.topic())
        .param("key", tombstone.key())
        .param("version", tombstone.version())
        .param("at", at.atOffset(ZoneOffset.UTC))
        .update();
  }

  List<Tombstone> since(Instant since) {
    return jdbc.sql("SELECT topic, key, version FROM intake.tombstone WHERE deleted_at >= :since")
        .param("since", since.atOffset(ZoneOffset.UTC))
        .query((row, _) ->
            new Tombstone(row.getString("topic"), row.getString("key"), row.getLong("version")))
        .list();
  }

  boolean has(String topic, String key) {
    return jdbc.sql(
            "SELECT EXISTS (SELECT FROM intake.tombstone WHERE topic = :topic AND key = :key)")
        .param("topic", topic)
        .param("key", key)
        .query(Boolean.class)
        .single();
  }

  void forgetBefore(Instant end) {
    jdbc.sql("DELETE FROM intake.tombstone WHERE deleted_at < :end")
        .param("end", end.atOffset(ZoneOffset.UTC))
        .update();
  }
}
