package io.tallypost.intake.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonIncludeProperties;
import io.tallypost.config.Versioned;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.relays.SealedSecret;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * Config as the admin log shows it: all fields as on its topic, except secrets, which are
 * recognised by their type in any field, and long lists, which are {@linkplain LongLists cut}.
 *
 * @param before what changed, as it was; null where there was nothing, or nothing changed
 * @param after the same as it is now; null where there is nothing any more
 */
record LoggedState(@Nullable Map<String, Object> before, @Nullable Map<String, Object> after) {
  private static final TypeReference<TreeMap<String, Object>> FIELDS = new TypeReference<>() {};

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .changeDefaultPropertyInclusion(
              inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
          .addMixIn(ApiKeySecret.class, WithoutHash.class)
          .addMixIn(SealedSecret.class, WithoutCiphertext.class)
          .build();

  /** Of a secret, when it ends. */
  @JsonIncludeProperties("expires_at")
  private interface WithoutHash {}

  /** Of a password, what seals it. */
  @JsonIncludeProperties("key_id")
  private interface WithoutCiphertext {}

  /** Compares two states of one thing; what is the same in both is left out. */
  static LoggedState of(@Nullable Versioned before, @Nullable Versioned after) {
    Map<String, Object> old = fields(before);
    Map<String, Object> now = fields(after);
    if (old != null && now != null) {
      Map<String, Object> all = new TreeMap<>(old);
      all.putAll(now);
      for (String field : all.keySet()) {
        if (Objects.equals(old.get(field), now.get(field))) {
          old.remove(field);
          now.remove(field);
        }
      }
      if (old.isEmpty() && now.isEmpty()) {
        return new LoggedState(null, null);
      }
    }
    return new LoggedState(LongLists.cut(old, now, "removed"), LongLists.cut(now, old, "added"));
  }

  private static @Nullable Map<String, Object> fields(@Nullable Versioned state) {
    if (state == null) {
      return null;
    }
    Map<String, Object> fields = MAPPER.convertValue(state, FIELDS);
    // The version of the format is of no interest here.
    fields.remove("v");
    return fields;
  }
}
