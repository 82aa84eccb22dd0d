package io.tallypost.audit.operator;

import io.tallypost.audit.store.StorableText;
import io.tallypost.events.ApiKeyId;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Who did what, when: a row per action, in the action's own transaction. */
@Repository
public class AdminLog {
  private final JdbcClient jdbc;

  AdminLog(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Adds a row.
   *
   * @param actor the key that it was done with
   * @param action the kind of thing and what happened to it, as {@code dead_letter.discarded}
   * @param subjectId the thing
   * @param detail the actor's own words or numbers; no content of any mail
   */
  public void add(
      Instant at, ApiKeyId actor, String action, Object subjectId, @Nullable String detail) {
    jdbc.sql(
            "INSERT INTO audit.admin_log (at, actor, action, subject_id, detail) VALUES (:at, :actor, :action, :subject, :detail)")
        .param("at", at.atOffset(ZoneOffset.UTC))
        .param("actor", actor.value())
        .param("action", action)
        .param("subject", subjectId.toString())
        .param("detail", StorableText.ofNullable(detail))
        .update();
  }

  /**
   * Deletes what was done before this time.
   *
   * @return how many rows
   */
  public int forgetBefore(Instant time) {
    return jdbc.sql("DELETE FROM audit.admin_log WHERE at < :time")
        .param("time", time.atOffset(ZoneOffset.UTC))
        .update();
  }
}
