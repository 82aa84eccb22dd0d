package io.tallypost.keys;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.tallypost.mail.DomainName;
import io.tallypost.mail.EmailAddress;

/**
 * A domain that mail may come from or go to: {@code acme.example} is only that domain, {@code
 * *.acme.example} every domain below it. Kept in lower case and in A-labels.
 */
public record DomainRule(@JsonValue String value) {
  private static final String BELOW = "*.";

  /**
   * Checks the form and brings it into the canonical one.
   *
   * @throws IllegalArgumentException if it is no domain
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public DomainRule {
    boolean below = value.startsWith(BELOW);
    try {
      String domain = below ? value.substring(BELOW.length()) : value;
      // As in an address, so that they can be compared.
      String canonical = DomainName.canonical(domain);
      value = below ? BELOW + canonical : canonical;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "is not a domain; expected for example acme.example, or *.acme.example for all below it",
          e);
    }
  }

  /** Whether an address is within. */
  public boolean allows(EmailAddress address) {
    return value.startsWith(BELOW)
        ? address.domain().endsWith(value.substring(1))
        : address.domain().equals(value);
  }

  /** Whether this rule allows every address that the other one allows. */
  public boolean covers(DomainRule other) {
    return value.startsWith(BELOW)
        ? other.value.endsWith(value.substring(1))
        : other.value.equals(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
