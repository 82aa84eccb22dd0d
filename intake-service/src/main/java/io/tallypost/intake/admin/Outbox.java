package io.tallypost.intake.admin;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * Changes of config that are committed in PostgreSQL and not yet known to be on their topic. A
 * change adds its row here in its own transaction, after it has locked the row that it changes: so
 * the order here is the order of the changes, for each key.
 */
@Repository
public class Outbox {
  /** Any number that no other user of the database locks by: "outbox" in ASCII. */
  private static final long LOCK = 0x6f7574626f78L;

  private final JdbcClient jdbc;

  public Outbox(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * A record to be published.
   *
   * @param value null for a tombstone
   * @param version the version of the row that it tells of
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on as it is, never compared
  public record Entry(long seq, String topic, String key, byte @Nullable [] value, long version) {}

  public void add(String topic, String key, byte @Nullable [] value, long version) {
    jdbc.sql(
            "INSERT INTO intake.outbox (topic, key, value, version) VALUES (:topic, :key, :value, :version)")
        .param("topic", topic)
        .param("key", key)
        .param("value", value, java.sql.Types.BINARY)
        .param("version", version)
        .update();
  }

  /** Makes the caller the only publisher until its transaction ends; false if somebody else is. */
  boolean tryLock() {
    return jdbc.sql("SELECT pg_try_advisory_xact_lock(:lock)")
        .param("lock", LOCK)
        .query(Boolean.class)
        .single();
  }

  public List<Entry> oldest(int most) {
    return jdbc.sql(
            "SELECT seq, topic, key, value, version FROM intake.outbox ORDER BY seq LIMIT :most")
        .param("most", most)
        .query(Outbox::entry)
        .list();
  }

  /** Forgets what is published; by number, since one with a lower number may be committed later. */
  void remove(List<Entry> entries) {
    jdbc.sql("DELETE FROM intake.outbox WHERE seq IN (:seqs)")
        .param("seqs", entries.stream().map(Entry::seq).toList())
        .update();
  }

  private static Entry entry(ResultSet row, int number) throws SQLException {
    return new Entry(
        row.getLong("seq"),
        row.getString("topic"),
        row.getString("key"),
        row.getBytes("value"),
        row.getLong("version"));
  }
}
