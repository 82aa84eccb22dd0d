package io.tallypost.intake.keys;

import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.json.LimitFields;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.callers.Credential;
import io.tallypost.kit.problems.FieldProblem;
import io.tallypost.kit.problems.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.HttpStatus;

/**
 * What a caller of the admin API may do with keys: an operator everything, except grant scopes that
 * it lacks, and make of itself or of operators what is valid longer or elsewhere than its own key;
 * an admin only within its own tenant, and only with keys that allow at most what its own allows,
 * before and after the change.
 *
 * @param key the caller's own key
 * @param credential by what it was authenticated
 */
record Access(ApiKeyState key, Credential credential) {
  private static final String MADE =
      "What a key makes or changes may at most have what that key has itself.";

  static Access of(Caller caller) {
    return new Access(caller.key(), caller.credential());
  }

  boolean isOperator() {
    return key.scopes().contains(Scope.OPERATOR);
  }

  boolean managesKeys() {
    return isOperator() || key.scopes().contains(Scope.ADMIN);
  }

  /** Whose keys it may list: all tenants' if empty. */
  Optional<TenantId> tenant() {
    return isOperator() ? Optional.empty() : Optional.of(key.tenant());
  }

  boolean sees(ApiKeyState other) {
    return sees(other.tenant());
  }

  boolean sees(TenantId tenant) {
    return isOperator() || tenant.equals(key.tenant());
  }

  /** The limits of a new key that names none. */
  List<QuotaLimit> limitsOfNewKeys(long defaultDailyLimit) {
    var limits = new ArrayList<QuotaLimit>();
    Long day = isOperator() ? null : LimitFields.of(key.limits(), QuotaPolicyName.KEY_DAY);
    limits.add(
        new QuotaLimit(
            QuotaPolicyName.KEY_DAY,
            day == null ? defaultDailyLimit : Math.min(day, defaultDailyLimit)));
    Long minute = isOperator() ? null : LimitFields.of(key.limits(), QuotaPolicyName.KEY_MINUTE);
    if (minute != null) {
      limits.add(new QuotaLimit(QuotaPolicyName.KEY_MINUTE, minute));
    }
    return limits;
  }

  /**
   * The restrictions of a new key that names none: an admin's keys inherit what narrows its own
   * key, but not its allowed headers; of an operator's, only other operators' keys, and only when
   * and from where they work.
   */
  KeyRestrictions restrictionsOfNewKeys(Set<Scope> scopes) {
    KeyRestrictions own = key.restrictions();
    if (!isOperator()) {
      return new KeyRestrictions(
          own.expiresAt(), own.senderDomains(), own.recipientDomains(), own.cidrs());
    }
    return scopes.contains(Scope.OPERATOR)
        ? new KeyRestrictions(own.expiresAt(), List.of(), List.of(), own.cidrs())
        : KeyRestrictions.NONE;
  }

  /**
   * Keeps an admin off keys that can do more than its own.
   *
   * @throws ProblemException 403
   */
  void refuseUnlessMayChange(ApiKeyState other) {
    if (!sees(other)) {
      throw new ProblemException(
          HttpStatus.FORBIDDEN,
          "scope_not_held",
          "This concerns keys of other tenants too, which only an operator manages.");
    }
    if (!isOperator()) {
      refuse(exceeding(other), "This key allows more than yours, so yours cannot manage it.");
    }
  }

  /**
   * Keeps a caller from learning a secret that opens more than its own does.
   *
   * @throws ProblemException 403
   */
  void refuseUnlessMayLearnSecretOf(ApiKeyState other) {
    Privileges learned = Privileges.of(other);
    refuse(
        isOperator() ? exceedingOperator(learned) : learned.exceeding(Privileges.of(key)),
        "This key allows more than yours, so yours must not learn a secret of it.");
  }

  /**
   * Keeps a caller from granting scopes that it does not hold.
   *
   * @throws ProblemException 403
   */
  void refuseUnlessMayGrant(Set<Scope> scopes) {
    refuse(lacking(scopes), "A key grants only scopes that it holds.");
  }

  /**
   * Keeps a caller from making a key that allows more than its own; an operator is bound in {@link
   * Privileges#lasting}, and of operators' keys only.
   *
   * @param wanted the key as it would become
   * @throws ProblemException 403
   */
  void refuseUnlessMayMake(Privileges wanted) {
    if (!isOperator()) {
      refuse(wanted.exceeding(Privileges.of(key)), MADE);
    } else if (wanted.scopes().contains(Scope.OPERATOR)) {
      refuse(wanted.lasting(Privileges.of(key)), MADE);
    }
  }

  /**
   * As {@link #refuseUnlessMayMake}, for a change. An operator may take something away from a freer
   * operator's key, and is bound as much by its own key in whatever it makes of that.
   *
   * @throws ProblemException 403
   */
  void refuseUnlessMayMake(ApiKeyState before, ApiKeyState after) {
    Privileges wanted = Privileges.of(after);
    if (isOperator() && after.id().equals(key.id())) {
      refuse(wanted.lasting(Privileges.of(key)), MADE);
    } else if (!isOperator() || !onlyTakesAway(before, after)) {
      refuseUnlessMayMake(wanted);
    }
  }

  private static boolean onlyTakesAway(ApiKeyState before, ApiKeyState after) {
    return before.scopes().contains(Scope.OPERATOR)
        && (before.enabled() || !after.enabled())
        && Privileges.of(after).lasting(Privileges.of(before)).isEmpty();
  }

  private List<FieldProblem> exceedingOperator(Privileges learned) {
    var exceeding = new ArrayList<>(lacking(learned.scopes()));
    if (learned.scopes().contains(Scope.OPERATOR)) {
      exceeding.addAll(learned.lasting(Privileges.of(key)));
    }
    return exceeding;
  }

  private List<FieldProblem> exceeding(ApiKeyState other) {
    return Privileges.of(other).exceeding(Privileges.of(key));
  }

  private List<FieldProblem> lacking(Set<Scope> scopes) {
    Privileges own = Privileges.of(key);
    return new Privileges(own.mode(), scopes, own.limits(), own.restrictions()).lacking(own);
  }

  private static void refuse(List<FieldProblem> exceeding, String detail) {
    if (!exceeding.isEmpty()) {
      boolean scopes = exceeding.stream().anyMatch(field -> field.pointer().equals("/scopes"));
      throw new ProblemException(
          HttpStatus.FORBIDDEN,
          scopes ? "scope_not_held" : "exceeds_own_key",
          detail + " The fields are listed.",
          exceeding);
    }
  }
}
