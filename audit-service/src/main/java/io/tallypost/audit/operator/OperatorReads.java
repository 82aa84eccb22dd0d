package io.tallypost.audit.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Caller;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

/**
 * Records that an operator looks at mail of a tenant that is not its own. The same look within a
 * minute, another page of it included, is recorded once, or watching a mail would fill the log.
 */
@Component
public class OperatorReads {
  private static final Duration THE_SAME = Duration.ofMinutes(1);
  private static final int MOST_LOOKS = 10_000;

  private static final Set<String> PLACE = Set.of("cursor", "limit");

  private final AdminLog log;
  private final InstantSource clock;
  private final Cache<Look, Boolean> looks =
      Caffeine.newBuilder().maximumSize(MOST_LOOKS).expireAfterWrite(THE_SAME).build();

  private record Look(String actor, String action, String subject, UUID asked) {}

  OperatorReads(AdminLog log, InstantSource clock) {
    this.log = log;
    this.clock = clock;
  }

  /**
   * Records a search, before it is made.
   *
   * @param query its filters, already checked
   */
  public void searched(Caller caller, String action, MultiValueMap<String, String> query) {
    TenantId tenant =
        Optional.ofNullable(query.getFirst("tenant"))
            .filter(text -> !text.isEmpty())
            .map(TenantId::new)
            .orElse(null);
    record(caller, action, tenant == null ? "*" : tenant.value(), tenant, query);
  }

  /**
   * Records a look at one thing, before it is shown.
   *
   * @param tenant the thing's tenant; null if it has none
   */
  public void read(Caller caller, String action, Object subject, @Nullable TenantId tenant) {
    record(caller, action, subject.toString(), tenant, new LinkedMultiValueMap<>());
  }

  private void record(
      Caller caller,
      String action,
      String subject,
      @Nullable TenantId tenant,
      MultiValueMap<String, String> query) {
    if (!caller.has(Scope.OPERATOR) || caller.tenant().equals(tenant)) {
      return;
    }
    // What is asked for counts, and is not kept: searches for two recipients are two looks.
    UUID asked = UUID.nameUUIDFromBytes(filters(query, true).getBytes(UTF_8));
    var look = new Look(caller.apiKeyId().value(), action, subject, asked);
    if (looks.getIfPresent(look) != null) {
      return;
    }
    String filters = filters(query, false);
    String detail = filters.isEmpty() ? null : filters;
    log.add(clock.instant(), caller.apiKeyId(), action, subject, tenant, detail);
    looks.put(look, true);
  }

  private static String filters(MultiValueMap<String, String> query, boolean whole) {
    return query.toSingleValueMap().entrySet().stream()
        .filter(field -> !field.getValue().isEmpty() && !PLACE.contains(field.getKey()))
        .map(field ->
            field.getKey()
                + "="
                + (whole || isShown(field.getKey(), field.getValue())
                    ? field.getValue()
                    : OperatorWords.HIDDEN))
        .sorted()
        .collect(Collectors.joining(" "));
  }

  /** An address may be looked for where none belongs, and a space would begin another filter. */
  private static boolean isShown(String field, String value) {
    return OperatorWords.isRecorded(field)
        && value
            .chars()
            .noneMatch(c -> c == '@' || Character.isWhitespace(c) || Character.isSpaceChar(c));
  }
}
