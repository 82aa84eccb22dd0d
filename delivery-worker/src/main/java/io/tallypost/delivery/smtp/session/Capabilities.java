package io.tallypost.delivery.smtp.session;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a relay offers in its answer to EHLO (RFC 5321, section 4.1.1.1). An answer before TLS does
 * not count after it (RFC 3207, section 4.2).
 *
 * @param pipelining RFC 2920: commands may be sent in groups
 * @param size RFC 1870: it wants to know a mail's size
 * @param eightBitMime RFC 6152
 * @param smtpUtf8 RFC 6531: addresses outside ASCII
 * @param dsn RFC 3461; known, not asked for yet
 * @param enhancedStatusCodes RFC 2034
 * @param startTls RFC 3207
 * @param auth RFC 4954: it takes logins
 * @param mechanisms those of its ways to log in that are known here, in its order; a relay may name
 *     as many others as it likes, and a kept connection would keep them
 */
public record Capabilities(
    boolean pipelining,
    boolean size,
    boolean eightBitMime,
    boolean smtpUtf8,
    boolean dsn,
    boolean enhancedStatusCodes,
    boolean startTls,
    boolean auth,
    Set<String> mechanisms) {

  /** A relay that knows only HELO. */
  public static final Capabilities NONE = of(List.of());

  /**
   * Reads the lines of a reply to EHLO.
   *
   * @param lines after the first one, which is the relay's name
   */
  static Capabilities of(List<String> lines) {
    Set<String> keywords = new HashSet<>();
    Set<String> offered = new LinkedHashSet<>();
    for (String line : lines) {
      String[] words = line.strip().toUpperCase(Locale.ROOT).split("[ \\t]+");
      keywords.add(words[0]);
      // "AUTH=LOGIN" is the form before the RFC, and some servers still use it.
      if (words[0].equals("AUTH") || words[0].startsWith("AUTH=")) {
        addMechanisms(words, offered);
      }
    }
    boolean auth = !offered.isEmpty();
    offered.retainAll(Authentication.MECHANISMS);
    return new Capabilities(
        keywords.contains("PIPELINING"),
        keywords.contains("SIZE"),
        keywords.contains("8BITMIME"),
        keywords.contains("SMTPUTF8"),
        keywords.contains("DSN"),
        keywords.contains("ENHANCEDSTATUSCODES"),
        keywords.contains("STARTTLS"),
        auth,
        offered);
  }

  private static void addMechanisms(String[] words, Set<String> mechanisms) {
    int equals = words[0].indexOf('=');
    if (equals >= 0 && equals < words[0].length() - 1) {
      mechanisms.add(words[0].substring(equals + 1));
    }
    mechanisms.addAll(List.of(words).subList(1, words.length));
  }
}
