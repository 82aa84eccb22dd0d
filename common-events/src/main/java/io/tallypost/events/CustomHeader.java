package io.tallypost.events;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Which headers a sender may add: well-formed ones that Tallypost does not write itself. */
public final class CustomHeader {
  /** RFC 5322, section 2.2: printable ASCII without the colon; this is the usual part of it. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,75}");

  /**
   * RFC 5322, section 2.1.1: a line has at most 998 characters, the name and the colon included.
   */
  private static final int LONGEST_VALUE = 900;

  /**
   * Written by Tallypost, by the relays on the way, or a statement about the transport that is not
   * the sender's.
   */
  private static final Set<String> STRUCTURAL =
      Set.of(
          "from",
          "sender",
          "to",
          "cc",
          "bcc",
          "reply-to",
          "subject",
          "date",
          "message-id",
          "mime-version",
          "return-path",
          "received",
          "delivered-to",
          "dkim-signature",
          "arc-seal",
          "arc-message-signature",
          "arc-authentication-results",
          "authentication-results",
          "received-spf",
          "resent-from",
          "resent-sender",
          "resent-to",
          "resent-cc",
          "resent-bcc",
          "resent-date",
          "resent-message-id",
          "apparently-to",
          "errors-to",
          "x-tallypost-trace");

  private CustomHeader() {}

  /**
   * Checks one header.
   *
   * @throws IllegalArgumentException if the name or the value cannot be taken; the message says why
   */
  public static void check(String name, String value) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "has a name that is not letters, digits and hyphens (at most 76)");
    }
    String lower = name.toLowerCase(Locale.ROOT);
    if (STRUCTURAL.contains(lower) || lower.startsWith("content-")) {
      throw new IllegalArgumentException(
          "is written by Tallypost itself or by relays; leave it out");
    }
    HeaderText.check(value);
    if (value.length() > LONGEST_VALUE) {
      throw new IllegalArgumentException("is longer than " + LONGEST_VALUE + " characters");
    }
  }
}
