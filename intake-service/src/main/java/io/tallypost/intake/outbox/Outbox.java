package io.tallypost.intake.outbox;

import io.tallypost.events.Topics;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * Changes of config, and entries of the admin log, that are committed in PostgreSQL and not yet
 * known to be on their topic. A change adds its row here in its own transaction, after it has
 * locked the row that it changes: so the order here is the order of the changes, for each key.
 */
@Repository
public class Outbox {
  private final JdbcClient jdbc;

  public Outbox(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Parts that are published separately, so that neither waits for the other's topic. */
  public enum Part {
    /** Config, which is urgent: other services refuse a revoked key once they have its record. */
    CONFIG("<>", 0x6f7574626f78L),
    /** The admin log. */
    LOG("=", 0x6f7574626f79L);

    private final String condition;
    private final long lock;

    /**
     * A part.
     *
     * @param lock any number that no other user of the database locks by: "outbox" in ASCII, and
     *     the next one
     */
    Part(String comparison, long lock) {
      this.condition = "topic " + comparison + " '" + Topics.OPERATIONS + "'";
      this.lock = lock;
    }
  }

  /**
   * A record to be published.
   *
   * @param value null for a tombstone
   * @param version the version of the row in the record
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

  /**
   * Makes the caller the part's only publisher until its transaction ends; false if somebody else
   * is.
   */
  boolean tryLock(Part part) {
    return jdbc.sql("SELECT pg_try_advisory_xact_lock(:lock)")
        .param("lock", part.lock)
        .query(Boolean.class)
        .single();
  }

  public List<Entry> oldest(Part part, int most) {
    return jdbc.sql(
            "SELECT seq, topic, key, value, version FROM intake.outbox WHERE "
                + part.condition
                + " ORDER BY seq LIMIT :most")
        .param("most", most)
        .query(Outbox::entry)
        .list();
  }

  /** Forgets published rows, each by its number: one with a lower number may be committed later. */
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
