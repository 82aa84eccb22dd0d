package io.tallypost.events;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.net.IDN;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * An addr-spec (RFC 5322, section 3.4.1) within the lengths of RFC 5321, section 4.5.3.1, that can
 * stand in an SMTP command as it is. The domain is kept in lower case and in A-labels (RFC 5890),
 * so that equal mailboxes are equal here. Quoted local parts, address literals and local parts
 * outside ASCII are refused: too few relays take them.
 */
public record EmailAddress(@JsonValue String value) {
  private static final String ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
  private static final Pattern LOCAL_PART = Pattern.compile(ATOM + "(\\." + ATOM + ")*");
  private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  private static final Pattern DOMAIN = Pattern.compile(LABEL + "(\\." + LABEL + ")*");
  private static final int LONGEST = 254;
  private static final int LONGEST_LOCAL_PART = 64;

  /**
   * Checks the form and brings the domain into its canonical one.
   *
   * @throws IllegalArgumentException if it is not such an address; the message says what is wrong
   *     and never repeats the address
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public EmailAddress {
    // Before anything looks at it closely: a record may hold a megabyte here.
    if (value.length() > LONGEST) {
      throw new IllegalArgumentException("has more than 254 characters");
    }
    int at = value.lastIndexOf('@');
    if (at < 1 || at == value.length() - 1) {
      throw new IllegalArgumentException("is not an e-mail address: expected local-part@domain");
    }
    String localPart = value.substring(0, at);
    String domain = canonicalDomain(value.substring(at + 1));
    if (!LOCAL_PART.matcher(localPart).matches()) {
      throw new IllegalArgumentException(
          "has a local part (left of the @) that is not letters, digits and !#$%&'*+/=?^_`{|}~- joined by single dots");
    }
    if (localPart.length() > LONGEST_LOCAL_PART) {
      throw new IllegalArgumentException(
          "has a local part (left of the @) of more than 64 characters");
    }
    if (!DOMAIN.matcher(domain).matches()) {
      throw new IllegalArgumentException("has a domain (right of the @) that is not a host name");
    }
    value = localPart + "@" + domain;
    if (value.length() > LONGEST) {
      throw new IllegalArgumentException("has more than 254 characters");
    }
  }

  private static String canonicalDomain(String domain) {
    try {
      return IDN.toASCII(domain, IDN.USE_STD3_ASCII_RULES).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "has a domain (right of the @) that is not a host name", e);
    }
  }

  public String domain() {
    return value.substring(value.lastIndexOf('@') + 1);
  }

  /** The form for logs: who it is stays unknown, where it goes is seen. */
  public String masked() {
    return value.charAt(0) + "***@" + domain();
  }

  /** Masked, so that an address in a log line or an exception is never a whole one. */
  @Override
  public String toString() {
    return masked();
  }
}
