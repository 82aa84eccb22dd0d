package io.tallypost.intake.admin;

import io.tallypost.config.Versioned;
import io.tallypost.events.AdminEntry;
import io.tallypost.events.AdminEntry.Actor;
import io.tallypost.events.EventJson;
import io.tallypost.events.Topics;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.outbox.Outbox;
import io.tallypost.kit.callers.Actors;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.JsonObject;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * Who changed what, when: a row per change, in the change's own transaction, and with it the record
 * that tells audit of it. Rows are never changed, and deleted by age only.
 */
@Repository
public class AdminLog {
  /** As in {@code spring.application.name}. */
  private static final String SERVICE = "intake-service";

  /** So few that the deletion holds nobody up. */
  private static final int BATCH = 500;

  private final JdbcClient jdbc;
  private final Outbox outbox;

  public AdminLog(JdbcClient jdbc, Outbox outbox) {
    this.jdbc = jdbc;
    this.outbox = outbox;
  }

  /**
   * What is about to be done.
   *
   * @param actor who does it
   * @param action the kind of thing and what happens to it, as {@code api_key.created}
   * @param fields the names of what was asked for
   */
  public record Change(Actor actor, String action, List<String> fields) {

    public static Change by(Caller caller, String action) {
      return new Change(Actors.of(caller), action, List.of());
    }

    public static Change by(Caller caller, String action, JsonObject body) {
      return new Change(Actors.of(caller), action, body.names());
    }

    public static Change atStart(String action) {
      return new Change(Actor.START, action, List.of());
    }
  }

  /**
   * What it is done to.
   *
   * @param before what it was; null where there was nothing
   * @param after what it is now; null where there is nothing any more
   */
  public record Subject(
      String id, TenantId tenant, @Nullable Versioned before, @Nullable Versioned after) {}

  /** Adds what was done. */
  public void add(Change change, Subject subject, Instant at) {
    var state = LoggedState.of(subject.before(), subject.after());
    AdminEntry entry =
        AdminEntry.of(
                at, SERVICE, change.actor(), change.action(), subject.id(), subject.tenant(), null)
            .changed(change.fields(), state.before(), state.after());
    insert(entry, subject.tenant());
    outbox.add(Topics.OPERATIONS, entry.subjectId(), EventJson.write(entry), 0);
  }

  private void insert(AdminEntry entry, TenantId tenant) {
    Actor actor = entry.actor();
    jdbc.sql(
            """
            INSERT INTO intake.admin_log (event_id, at, actor, actor_name, actor_tenant, client, request_id,
                                          action, subject_id, tenant, fields, before, after)
            VALUES (:id, :at, :actor, :actor_name, :actor_tenant, :client, :request_id,
                    :action, :subject, :tenant, :fields, :before::jsonb, :after::jsonb)
            """)
        .param("id", entry.eventId())
        .param("at", entry.occurredAt().atOffset(ZoneOffset.UTC))
        .param("actor", actor.id())
        .param("actor_name", actor.name())
        .param("actor_tenant", actor.tenant() == null ? null : actor.tenant().value())
        .param("client", actor.client())
        .param("request_id", actor.requestId())
        .param("action", entry.action())
        .param("subject", entry.subjectId())
        .param("tenant", tenant.value())
        .param("fields", entry.fields().toArray(String[]::new))
        .param("before", ConfigTable.json(entry.before()))
        .param("after", ConfigTable.json(entry.after()))
        .update();
  }

  /**
   * Deletes some of the rows that were written before this time, the oldest first; never any of the
   * last 30 days.
   *
   * @return how many
   */
  public int forgetBefore(Instant time) {
    return jdbc.sql("SELECT intake.forget_admin_log(:until, :most)")
        .param("until", time.atOffset(ZoneOffset.UTC))
        .param("most", BATCH)
        .query(Integer.class)
        .single();
  }
}
