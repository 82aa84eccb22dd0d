package io.tallypost.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who did what to the installation, on {@link Topics#OPERATIONS} beside {@link OperatorAction}: a
 * row of the admin log. It has no secret, no content of a mail and no unmasked address of a
 * recipient.
 *
 * @param v the version of the event's shape, as in {@link EventContext}
 * @param eventId the same for a repeat of the same entry
 * @param service the service where it was done
 * @param action the kind of thing and what happened to it, as {@code api_key.created}
 * @param subjectId the thing
 * @param tenant the thing's tenant; null if it is nobody's, or several tenants'
 * @param fields the names of the fields asked for
 * @param detail the actor's own words, numbers or filters
 * @param before the old values of what changed; null if there were none, or nothing changed
 * @param after the new values
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonTypeName(AdminEntry.TYPE)
public record AdminEntry(
    int v,
    UUID eventId,
    Instant occurredAt,
    String service,
    Actor actor,
    String action,
    String subjectId,
    @Nullable TenantId tenant,
    List<String> fields,
    @Nullable String detail,
    @Nullable Map<String, Object> before,
    @Nullable Map<String, Object> after) {
  public static final String TYPE = "admin";

  /**
   * Checks that the entry can be read by this build.
   *
   * @throws IllegalArgumentException if it is of a later version
   * @throws NullPointerException if a field is missing
   */
  @SuppressWarnings({"ConstantValue", "ConstantConditions"}) // a record may lack them
  public AdminEntry {
    if (v < 1 || v > EventContext.VERSION) {
      throw new IllegalArgumentException(
          "event version " + v + " is not one of 1 to " + EventContext.VERSION);
    }
    Objects.requireNonNull(eventId, "event_id");
    Objects.requireNonNull(occurredAt, "occurred_at");
    Objects.requireNonNull(service, "service");
    Objects.requireNonNull(actor, "actor");
    Objects.requireNonNull(action, "action");
    Objects.requireNonNull(subjectId, "subject_id");
    fields = fields == null ? List.of() : List.copyOf(fields);
  }

  /**
   * Who did it.
   *
   * @param id the API key's, or {@link #START}
   * @param name the key's name at that time
   * @param tenant the key's tenant
   * @param client the network address that the request came from
   * @param requestId the request's id
   */
  public record Actor(
      String id,
      @Nullable String name,
      @Nullable TenantId tenant,
      @Nullable String client,
      @Nullable String requestId) {
    /** A service itself, at its start. */
    public static final Actor START = new Actor("start", null, null, null, null);

    /**
     * Checks that the actor is known.
     *
     * @throws NullPointerException if the id is missing
     */
    public Actor {
      Objects.requireNonNull(id, "id");
    }

    /** A key of which only the id is known. */
    public static Actor key(ApiKeyId id) {
      return new Actor(id.value(), null, null, null, null);
    }
  }

  /** An entry that changed only what its action says. */
  public static AdminEntry of(
      Instant at,
      String service,
      Actor actor,
      String action,
      String subjectId,
      @Nullable TenantId tenant,
      @Nullable String detail) {
    return new AdminEntry(
        EventContext.VERSION,
        UUID.randomUUID(),
        at,
        service,
        actor,
        action,
        subjectId,
        tenant,
        List.of(),
        detail,
        null,
        null);
  }

  /** The same, with what was asked for and what changed. */
  public AdminEntry changed(
      List<String> asked,
      @Nullable Map<String, Object> valuesBefore,
      @Nullable Map<String, Object> valuesAfter) {
    return new AdminEntry(
        v,
        eventId,
        occurredAt,
        service,
        actor,
        action,
        subjectId,
        tenant,
        asked,
        detail,
        valuesBefore,
        valuesAfter);
  }

  /** The record's key: records about one thing stay in order. */
  public byte[] key() {
    return subjectId.getBytes(UTF_8);
  }
}
