package io.tallypost.intake.keys;

import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.intake.json.LimitFields;
import io.tallypost.keys.AddressRange;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.DomainRule;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.kit.problems.FieldProblem;
import io.tallypost.mail.Mode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a key allows, so that two keys can be compared. Each part is compared alone: a narrow part
 * never makes up for a wide one.
 */
record Privileges(
    Mode mode, Set<Scope> scopes, List<QuotaLimit> limits, KeyRestrictions restrictions) {
  private static final String MORE_THAN_YOURS = "allows more than your API key does";

  static Privileges of(ApiKeyState key) {
    return new Privileges(key.mode(), key.scopes(), key.limits(), key.restrictions());
  }

  /**
   * Where these exceed another's, by the fields of the admin API; empty if they are at most as
   * wide.
   */
  List<FieldProblem> exceeding(Privileges other) {
    var exceeding = new ArrayList<FieldProblem>(lacking(other));
    if (mode == Mode.LIVE && other.mode == Mode.TEST) {
      exceeding.add(new FieldProblem("/mode", "is live, and your API key is a test key"));
    }
    exceeding.addAll(beyondRestrictions(other));
    addIf(!headersWithin(other.restrictions), "/allowed_headers", exceeding);
    return exceeding;
  }

  /**
   * Where these exceed what restricts another: its limits, end, domains and networks. Scopes and
   * allowed headers, which a key has none of unless they are given to it, are not among these.
   */
  List<FieldProblem> beyondRestrictions(Privileges other) {
    var exceeding = new ArrayList<FieldProblem>();
    addIf(!limitedBy(other, QuotaPolicyName.KEY_DAY), "/daily_limit", exceeding);
    addIf(!limitedBy(other, QuotaPolicyName.KEY_MINUTE), "/per_minute_limit", exceeding);
    KeyRestrictions most = other.restrictions;
    addIf(!endsBy(most.expiresAt()), "/expires_at", exceeding);
    addIf(
        !within(restrictions.senderDomains(), most.senderDomains()),
        "/allowed_sender_domains",
        exceeding);
    addIf(
        !within(restrictions.recipientDomains(), most.recipientDomains()),
        "/allowed_recipient_domains",
        exceeding);
    addIf(!fromWithin(most.cidrs()), "/allowed_cidrs", exceeding);
    return exceeding;
  }

  /** The scopes that another lacks: at most one problem, which names them. */
  List<FieldProblem> lacking(Privileges other) {
    String lacking =
        scopes.stream()
            .filter(scope -> !other.scopes.contains(scope))
            .sorted()
            .map(Scope::wireName)
            .collect(Collectors.joining(", "));
    return lacking.isEmpty()
        ? List.of()
        : List.of(new FieldProblem("/scopes", "has what your API key lacks: " + lacking));
  }

  private static void addIf(boolean exceeds, String pointer, List<FieldProblem> exceeding) {
    if (exceeds) {
      exceeding.add(new FieldProblem(pointer, MORE_THAN_YOURS));
    }
  }

  private boolean limitedBy(Privileges other, QuotaPolicyName policy) {
    Long most = LimitFields.of(other.limits, policy);
    Long own = LimitFields.of(limits, policy);
    return most == null || (own != null && own <= most);
  }

  private boolean endsBy(@Nullable Instant last) {
    Instant end = restrictions.expiresAt();
    return last == null || (end != null && !end.isAfter(last));
  }

  /** An empty list restricts nothing, so only an empty one is as wide. */
  private static boolean within(List<DomainRule> rules, List<DomainRule> most) {
    return most.isEmpty()
        || (!rules.isEmpty()
            && rules.stream().allMatch(rule -> most.stream().anyMatch(wide -> wide.covers(rule))));
  }

  private boolean headersWithin(KeyRestrictions most) {
    return restrictions.allowedHeaders().stream()
        .allMatch(header -> most.allowsHeader(header.value()));
  }

  private boolean fromWithin(List<AddressRange> most) {
    List<AddressRange> ranges = restrictions.cidrs();
    return most.isEmpty()
        || (!ranges.isEmpty()
            && ranges.stream().allMatch(range -> AddressRange.cover(most, range)));
  }
}
