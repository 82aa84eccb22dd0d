package io.tallypost.keys;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tallypost.mail.EmailAddress;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The restrictions of a key, and what it may do nevertheless. An empty list of domains or ranges
 * restricts nothing.
 *
 * @param expiresAt when it stops to be valid; null for never
 * @param senderDomains the domains that mail may come from
 * @param recipientDomains the domains that mail may go to
 * @param cidrs the networks that may use it
 * @param allowedHeaders the headers with orders to relays that its mail may have; absent in older
 *     records, which allow none
 */
public record KeyRestrictions(
    @Nullable Instant expiresAt,
    List<DomainRule> senderDomains,
    List<DomainRule> recipientDomains,
    List<AddressRange> cidrs,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<HeaderName> allowedHeaders) {
  public static final KeyRestrictions NONE =
      new KeyRestrictions(null, List.of(), List.of(), List.of());

  /** Takes an absent list for an empty one. */
  @SuppressWarnings({"ConstantValue", "ConstantConditions"}) // older records have no lists
  public KeyRestrictions {
    senderDomains = orEmpty(senderDomains);
    recipientDomains = orEmpty(recipientDomains);
    cidrs = orEmpty(cidrs);
    allowedHeaders = orEmpty(allowedHeaders);
  }

  /** Those of a key without headers for relays. */
  public KeyRestrictions(
      @Nullable Instant expiresAt,
      List<DomainRule> senderDomains,
      List<DomainRule> recipientDomains,
      List<AddressRange> cidrs) {
    this(expiresAt, senderDomains, recipientDomains, cidrs, List.of());
  }

  public boolean expiredAt(Instant now) {
    return expiresAt != null && !now.isBefore(expiresAt);
  }

  /** Whether mail may come from this author. */
  public boolean allowsSender(EmailAddress author) {
    return allows(senderDomains, author);
  }

  /** Whether mail may go to this recipient. */
  public boolean allowsRecipient(EmailAddress recipient) {
    return allows(recipientDomains, recipient);
  }

  /** Whether a client at this address may use the key. */
  public boolean allowsClient(String address) {
    return cidrs.isEmpty() || cidrs.stream().anyMatch(range -> range.contains(address));
  }

  /** Whether its mail may have this header, which gives orders to relays. */
  public boolean allowsHeader(String name) {
    return allowedHeaders.stream().anyMatch(allowed -> allowed.value().equalsIgnoreCase(name));
  }

  /** Whether a list of domains, of a key or of the whole installation, allows an address. */
  public static boolean allows(List<DomainRule> rules, EmailAddress address) {
    return rules.isEmpty() || rules.stream().anyMatch(rule -> rule.allows(address));
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }
}
