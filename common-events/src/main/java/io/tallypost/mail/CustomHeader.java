package io.tallypost.mail;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Which headers a sender may add: well-formed ones that Tallypost does not write itself. */
public final class CustomHeader {
  /** RFC 5322, section 2.2: printable ASCII without the colon; this is the usual part of it. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,75}");

  /** Over a hundred references to other mails; relays take 32 KB and more. */
  private static final int LONGEST_VALUE = 8_192;

  /**
   * The most for one line: RFC 5322, section 2.1.1, limits a line, not a header, to 998 characters,
   * name and colon included.
   */
  private static final int LONGEST_UNFOLDABLE = 900;

  /** Postfix' limit for a mail's header ({@code header_size_limit}). */
  private static final int LONGEST_TOGETHER = 102_400;

  /** RFC 2047, section 2: an encoded word, and what 45 bytes are in base64 with its frame. */
  private static final int LONGEST_WORD = 75;

  private static final int BYTES_OF_A_WORD = 45;

  /**
   * Written by Tallypost or by relays on the way, or about the transport, which is not the sender's
   * business.
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
          "errors-to");

  private CustomHeader() {}

  /** Whether a header may have this name. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /**
   * Checks one header.
   *
   * @throws IllegalArgumentException if the name or the value cannot be taken; the message says why
   */
  public static void check(String name, String value) {
    if (!isName(name)) {
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
    // Non-ASCII text is encoded, in words as short as possible.
    if (DomainName.isAscii(value) && longestUnfoldable(value) > LONGEST_UNFOLDABLE) {
      throw new IllegalArgumentException(
          "has more than "
              + LONGEST_UNFOLDABLE
              + " characters in a row without a blank between them, where its line could be folded");
    }
  }

  /**
   * Checks that a mail's own headers are not too much for a relay.
   *
   * @throws IllegalArgumentException if they are; the message says what is the limit
   */
  public static void checkTogether(Map<String, String> headers) {
    int length = 0;
    for (var header : headers.entrySet()) {
      length += header.getKey().length() + written(header.getValue());
    }
    if (length > LONGEST_TOGETHER) {
      throw new IllegalArgumentException(
          "has more than "
              + LONGEST_TOGETHER
              + " characters in all its headers together, as they are written in a mail");
    }
  }

  /** How long a value is in a mail: what is not in ASCII goes in words of RFC 2047 there. */
  private static int written(String value) {
    return DomainName.isAscii(value)
        ? value.length()
        : Math.ceilDiv(value.getBytes(UTF_8).length, BYTES_OF_A_WORD) * LONGEST_WORD;
  }

  private static int longestUnfoldable(String value) {
    int longest = 0;
    int start = 0;
    while (start < value.length()) {
      int end = HeaderText.foldingPlace(value, start + 1);
      longest = Math.max(longest, end - start);
      start = end;
    }
    return longest;
  }
}
