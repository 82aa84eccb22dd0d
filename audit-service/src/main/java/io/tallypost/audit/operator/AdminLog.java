package io.tallypost.audit.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.audit.store.StorableText;
import io.tallypost.audit.store.StorableTime;
import io.tallypost.events.AdminEntry;
import io.tallypost.events.AdminEntry.Actor;
import io.tallypost.events.EventJson;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.callers.Actors;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * Who did what, when: a row per action. What is done here is in the action's own transaction; what
 * is done elsewhere comes by its topic. Rows are never changed, and deleted by age only.
 */
@Repository
public class AdminLog {
  /** So few that the deletion holds nobody up. */
  private static final int BATCH = 1000;

  private static final int LONGEST = 500;

  private static final String INSERT =
      """
      INSERT INTO audit.admin_log (event_id, at, service, actor, actor_name, actor_tenant, client, request_id,
                                   action, subject_id, tenant, fields, detail, before, after)
      VALUES (:id, :at, :service, :actor, :actor_name, :actor_tenant, :client, :request_id,
              :action, :subject, :tenant, :fields, :detail, :before::jsonb, :after::jsonb)
      ON CONFLICT (event_id) DO NOTHING
      """;

  private final JdbcClient jdbc;
  private final String service;

  public AdminLog(JdbcClient jdbc, @Value("${spring.application.name}") String service) {
    this.jdbc = jdbc;
    this.service = service;
  }

  /**
   * Adds what was done here. What is done by Kafka's commit takes the entry along on the topic, so
   * that it is there even if this row is lost.
   *
   * @param by the caller's key; the other facts about the caller are those of this thread's request
   * @param action the kind of thing and what happened to it, as {@code dead_letter.discarded}
   * @param subjectId the thing
   * @param tenant the thing's tenant; null if it has none, or several
   * @param detail the actor's own words or numbers; no content of any mail
   * @return the entry
   */
  public AdminEntry add(
      Instant at,
      ApiKeyId by,
      String action,
      Object subjectId,
      @Nullable TenantId tenant,
      @Nullable String detail) {
    Actor actor = Actors.current().orElseGet(() -> Actor.key(by));
    var entry = AdminEntry.of(at, service, actor, action, subjectId.toString(), tenant, detail);
    insert(entry);
    return entry;
  }

  /** Adds what the topic tells, in the caller's transaction; an existing row stays. */
  public void write(Collection<AdminEntry> entries) {
    entries.forEach(this::insert);
  }

  private void insert(AdminEntry entry) {
    Actor actor = entry.actor();
    jdbc.sql(INSERT)
        .param("id", entry.eventId())
        .param("at", StorableTime.micros(entry.occurredAt()).atOffset(ZoneOffset.UTC))
        .param("service", text(entry.service()))
        .param("actor", text(actor.id()))
        .param("actor_name", text(actor.name()))
        .param("actor_tenant", value(actor.tenant()))
        .param("client", text(actor.client()))
        .param("request_id", text(actor.requestId()))
        .param("action", text(entry.action()))
        .param("subject", text(entry.subjectId()))
        .param("tenant", value(entry.tenant()))
        .param("fields", entry.fields().stream().map(StorableText::of).toArray(String[]::new))
        .param("detail", StorableText.ofNullable(entry.detail()))
        .param("before", json(entry.before()))
        .param("after", json(entry.after()))
        .update();
  }

  /**
   * Deletes actions before this time; never any of the last 30 days.
   *
   * @return how many rows
   */
  public int forgetBefore(Instant time) {
    int all = 0;
    int some;
    do {
      some =
          jdbc.sql("SELECT audit.forget_admin_log(:until, :most)")
              .param("until", time.atOffset(ZoneOffset.UTC))
              .param("most", BATCH)
              .query(Integer.class)
              .single();
      all += some;
    } while (some == BATCH);
    return all;
  }

  private static @Nullable String value(@Nullable TenantId tenant) {
    return tenant == null ? null : tenant.value();
  }

  /** Cut to what an index takes: PostgreSQL refuses a row with a longer value. */
  private static @Nullable String text(@Nullable String text) {
    return text == null
        ? null
        : StorableText.of(text.length() > LONGEST ? text.substring(0, LONGEST) : text);
  }

  private static @Nullable String json(@Nullable Map<String, Object> values) {
    return values == null ? null : new String(EventJson.write(storable(values)), UTF_8);
  }

  private static Object storable(Object value) {
    return switch (value) {
      case String text -> StorableText.of(text);
      case Map<?, ?> fields -> {
        Map<String, Object> storable = new TreeMap<>();
        fields.forEach((name, field) -> {
          if (field != null) {
            storable.put(StorableText.of(String.valueOf(name)), storable(field));
          }
        });
        yield storable;
      }
      case List<?> elements ->
          elements.stream().filter(Objects::nonNull).map(AdminLog::storable).toList();
      default -> value;
    };
  }
}
