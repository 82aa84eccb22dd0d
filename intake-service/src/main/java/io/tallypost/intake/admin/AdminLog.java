package io.tallypost.intake.admin;

import io.tallypost.events.TenantId;
import io.tallypost.json.JsonObject;
import io.tallypost.keys.Caller;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Who changed what, when: a row per change, in the change's own transaction. */
@Repository
public class AdminLog {
  /** So few that nobody waits for it. */
  private static final int BATCH = 500;

  private final JdbcClient jdbc;

  public AdminLog(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * What is about to be done.
   *
   * @param actor the id of the key that does it
   * @param action the kind of thing and what happens to it, as {@code api_key.created}
   * @param fields the names of what was asked for, never the values
   */
  public record Change(String actor, String action, List<String> fields) {

    public static Change by(Caller caller, String action) {
      return new Change(caller.apiKeyId().value(), action, List.of());
    }

    public static Change by(Caller caller, String action, JsonObject body) {
      return new Change(caller.apiKeyId().value(), action, body.names());
    }

    public static Change atStart(String action) {
      return new Change("start", action, List.of());
    }
  }

  public void add(Change change, String subjectId, TenantId tenant, Instant at) {
    jdbc.sql(
            "INSERT INTO intake.admin_log (at, actor, action, subject_id, tenant, fields) VALUES (:at, :actor, :action, :subject, :tenant, :fields)")
        .param("at", at.atOffset(ZoneOffset.UTC))
        .param("actor", change.actor())
        .param("action", change.action())
        .param("subject", subjectId)
        .param("tenant", tenant.value())
        .param("fields", change.fields().toArray(String[]::new))
        .update();
  }

  /**
   * Deletes the oldest of the rows that were written before this time; more of them the next time.
   * Replicas may do it at once: each skips what another holds.
   *
   * @return how many
   */
  public int forgetBefore(Instant time) {
    return jdbc.sql(
            """
            DELETE FROM intake.admin_log WHERE ctid = ANY (ARRAY(
              SELECT ctid FROM intake.admin_log WHERE at < :time
              ORDER BY at LIMIT :batch FOR UPDATE SKIP LOCKED))
            """)
        .param("time", time.atOffset(ZoneOffset.UTC))
        .param("batch", BATCH)
        .update();
  }
}
