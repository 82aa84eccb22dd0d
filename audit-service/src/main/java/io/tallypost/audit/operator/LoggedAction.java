package io.tallypost.audit.operator;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the admin log.
 *
 * @param service where it was done
 * @param actor the id of the API key, or {@code start} for a service itself
 * @param client the network address that the request came from
 * @param tenant whose thing it is; absent where it is nobody's, or several tenants'
 * @param fields the names of what was asked for
 * @param before what changed, as it was, without secrets
 */
record LoggedAction(
    UUID id,
    Instant at,
    String service,
    String actor,
    @Nullable String actorName,
    @Nullable String actorTenant,
    @Nullable String client,
    @Nullable String requestId,
    String action,
    String subjectId,
    @Nullable String tenant,
    List<String> fields,
    @Nullable String detail,
    @Nullable Map<String, Object> before,
    @Nullable Map<String, Object> after) {

  /**
   * What an admin of the tenant may see of it: values of keys, which it manages, and no others; and
   * no words that an operator chose, such as why a letter was discarded.
   */
  LoggedAction forAdmins() {
    boolean own = action.startsWith("api_key.");
    return new LoggedAction(
        id,
        at,
        service,
        actor,
        actorName,
        actorTenant,
        client,
        requestId,
        action,
        subjectId,
        tenant,
        fields,
        own ? detail : OperatorWords.without(action, detail),
        own ? before : null,
        own ? after : null);
  }
}
