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
 * What a caller of the admin API may do with keys. Whatever it makes or widens, of itself too, has
 * at most what its own key has. An admin manages only keys of its own tenant that have no more
 * before either. An operator may take something away from any key, and is bound by the {@linkplain
 * Privileges#beyondRestrictions restrictions} of its own: allowed headers it gives out freely.
 *
 * @param key the caller's own key
 * @param credential by what it was authenticated
 * @param defaultDailyLimit what keys have that name none
 */
record Access(ApiKeyState key, Credential credential, long defaultDailyLimit) {
  private static final String MADE =
      "What a key makes or changes may at most have what that key has itself.";

  static Access of(Caller caller, long defaultDailyLimit) {
    return new Access(caller.key(), caller.credential(), defaultDailyLimit);
  }

  /** The same caller, by another state of its key. */
  Access as(ApiKeyState now) {
    return new Access(now, credential, defaultDailyLimit);
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
  List<QuotaLimit> limitsOfNewKeys() {
    var limits = new ArrayList<QuotaLimit>();
    Long day = LimitFields.of(key.limits(), QuotaPolicyName.KEY_DAY);
    limits.add(
        new QuotaLimit(
            QuotaPolicyName.KEY_DAY,
            day == null ? defaultDailyLimit : Math.min(day, defaultDailyLimit)));
    Long minute = LimitFields.of(key.limits(), QuotaPolicyName.KEY_MINUTE);
    if (minute != null) {
      limits.add(new QuotaLimit(QuotaPolicyName.KEY_MINUTE, minute));
    }
    return limits;
  }

  /**
   * The restrictions of a new key that names none: what narrows its maker's key, but not that one's
   * allowed headers.
   */
  KeyRestrictions restrictionsOfNewKeys() {
    KeyRestrictions own = key.restrictions();
    return new KeyRestrictions(
        own.expiresAt(), own.senderDomains(), own.recipientDomains(), own.cidrs());
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
      refuse(
          exceeding(Privileges.of(other)),
          "This key allows more than yours, so yours cannot manage it.");
    }
  }

  /**
   * Keeps a caller from learning a secret that opens more than its own does.
   *
   * @throws ProblemException 403
   */
  void refuseUnlessMayLearnSecretOf(ApiKeyState other) {
    refuse(
        exceeding(Privileges.of(other)),
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
   * Keeps a caller from making a key that allows more than its own.
   *
   * @param wanted the key as it would become
   * @throws ProblemException 403
   */
  void refuseUnlessMayMake(Privileges wanted) {
    refuse(exceeding(wanted), MADE);
  }

  /**
   * As {@link #refuseUnlessMayMake}, for a change. An operator may take something away from a freer
   * key, and is bound in whatever else it makes of that, except by scopes that the key had before.
   *
   * @throws ProblemException 403
   */
  void refuseUnlessMayMake(ApiKeyState before, ApiKeyState after) {
    if (!isOperator()) {
      refuseUnlessMayMake(Privileges.of(after));
    } else if (!onlyTakesAway(before, after)) {
      refuse(exceedingOperator(Privileges.of(after)), MADE);
    }
  }

  private static boolean onlyTakesAway(ApiKeyState before, ApiKeyState after) {
    return (before.enabled() || !after.enabled())
        && Privileges.of(after).exceeding(Privileges.of(before)).isEmpty();
  }

  private List<FieldProblem> exceeding(Privileges wanted) {
    if (!isOperator()) {
      return wanted.exceeding(Privileges.of(key));
    }
    var exceeding = new ArrayList<>(lacking(wanted.scopes()));
    exceeding.addAll(exceedingOperator(wanted));
    return exceeding;
  }

  /**
   * Where a key has more than an operator's own restrictions let it give. A daily limit that is not
   * below the default is none: each key has that, also the first one, with which all others are
   * made.
   */
  private List<FieldProblem> exceedingOperator(Privileges wanted) {
    Privileges own = Privileges.of(key);
    List<QuotaLimit> narrowing =
        key.limits().stream()
            .filter(limit ->
                limit.policy() != QuotaPolicyName.KEY_DAY || limit.limit() < defaultDailyLimit)
            .toList();
    return wanted.beyondRestrictions(
        new Privileges(own.mode(), own.scopes(), narrowing, own.restrictions()));
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
