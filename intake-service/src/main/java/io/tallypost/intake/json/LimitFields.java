package io.tallypost.intake.json;

import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.intake.IntakeSettings;
import io.tallypost.kit.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads quota limits out of a body. */
public final class LimitFields {
  /** The word for no limit; an absent limit is the default one. */
  static final String UNLIMITED = "unlimited";

  private final JsonObject body;
  private final List<QuotaLimit> before;
  private final List<QuotaLimit> limits = new ArrayList<>();

  public LimitFields(JsonObject body, List<QuotaLimit> before) {
    this.body = body;
    this.before = before;
  }

  /**
   * Reads one limit: a number, or {@code "unlimited"}; absent leaves it as it was.
   *
   * @param cleared the limit after an explicit null; null for unlimited
   */
  public LimitFields read(String field, QuotaPolicyName policy, @Nullable Long cleared) {
    Long limit = before(policy);
    if (body.isNull(field)) {
      limit = cleared;
    } else if (body.has(field)) {
      limit = given(field);
    }
    if (limit != null) {
      limits.add(new QuotaLimit(policy, limit));
    }
    return this;
  }

  public List<QuotaLimit> limits() {
    return List.copyOf(limits);
  }

  private @Nullable Long given(String field) {
    if (body.any(field).filter(value -> value.isString()).isPresent()) {
      if (!body.text(field).equals(Optional.of(UNLIMITED))) {
        body.problem(field, "must be a whole number or \"" + UNLIMITED + "\"");
      }
      return null;
    }
    Optional<Long> number = body.wholeNumber(field);
    if (number.isPresent()
        && (number.get() < 1 || number.get() > IntakeSettings.HIGHEST_DAILY_LIMIT)) {
      body.problem(
          field,
          "must be 1 to %d, or \"%s\"".formatted(IntakeSettings.HIGHEST_DAILY_LIMIT, UNLIMITED));
      return null;
    }
    return number.orElse(null);
  }

  private @Nullable Long before(QuotaPolicyName policy) {
    return of(before, policy);
  }

  public static @Nullable Long of(List<QuotaLimit> limits, QuotaPolicyName policy) {
    return limits.stream()
        .filter(limit -> limit.policy() == policy)
        .map(QuotaLimit::limit)
        .findFirst()
        .orElse(null);
  }

  /** How an answer shows a limit. */
  public static Object shown(List<QuotaLimit> limits, QuotaPolicyName policy) {
    Long limit = of(limits, policy);
    return limit == null ? UNLIMITED : limit;
  }
}
