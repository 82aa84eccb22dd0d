package io.tallypost.mail;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A mailbox (RFC 5321, section 4.1.2, and RFC 6531) that can go into an SMTP command unchanged, in
 * a canonical form, so that equal mailboxes are equal here: the local part as in {@link LocalPart},
 * the domain as in {@link DomainName}. Address literals are refused: too few relays take them.
 */
public record EmailAddress(@JsonValue String value) {
  /** RFC 5321, section 4.5.3.1.3: a path has 256 octets, and two of them are its brackets. */
  private static final int LONGEST = 254;

  /**
   * Checks the form and brings it into the canonical one.
   *
   * @throws IllegalArgumentException if it is not such an address; the message says what is wrong
   *     and never repeats the address
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public EmailAddress {
    // Checked first: a record may hold a megabyte here.
    if (value.length() > LONGEST) {
      throw new IllegalArgumentException("has more than 254 characters");
    }
    // An @ may be in quotes, but never in a domain.
    int at = value.lastIndexOf('@');
    if (at < 1 || at == value.length() - 1) {
      throw new IllegalArgumentException("is not an e-mail address: expected local-part@domain");
    }
    String domain = canonicalDomain(value.substring(at + 1));
    value = LocalPart.canonical(value.substring(0, at)) + "@" + domain;
    if (octets(value) > LONGEST) {
      throw new IllegalArgumentException("has more than 254 octets");
    }
  }

  private static String canonicalDomain(String domain) {
    try {
      return DomainName.canonical(domain);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "has a domain (right of the @) that is not a host name", e);
    }
  }

  private static int octets(String value) {
    return DomainName.isAscii(value) ? value.length() : value.getBytes(UTF_8).length;
  }

  public String domain() {
    return value.substring(value.lastIndexOf('@') + 1);
  }

  /** Whether any relay takes it; the domain is always ASCII. */
  public boolean isAscii() {
    return DomainName.isAscii(value);
  }

  /** Whether only relays that offer SMTPUTF8 (RFC 6531) take it. */
  public boolean needsSmtpUtf8() {
    return !isAscii();
  }

  /** The form for logs: it hides the person and shows the domain. */
  public String masked() {
    return value.substring(0, value.offsetByCodePoints(0, 1)) + "***@" + domain();
  }

  /** Masked, so that no log line or exception has a whole address. */
  @Override
  public String toString() {
    return masked();
  }
}
