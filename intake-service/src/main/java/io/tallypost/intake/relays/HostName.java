package io.tallypost.intake.relays;

import io.tallypost.mail.DomainName;
import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads where a host is: a name (RFC 1123, section 2.1; an international one becomes A-labels), or
 * an IPv4 or IPv6 address. Other ways to write an address, as {@code 127.1}, {@code 2130706433} and
 * {@code 0x7f000001}, are refused, because what they mean depends on who reads them.
 */
final class HostName {
  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");

  /** The last label of what some readers take for a number. */
  private static final Pattern ENDS_IN_A_NUMBER = Pattern.compile("(.*\\.)?([0-9]+|0x[0-9a-f]*)");

  private HostName() {}

  /**
   * Brings it into its canonical form.
   *
   * @throws IllegalArgumentException if it is anything else; the message follows the field's name
   *     and does not repeat it
   */
  static String canonical(String text) {
    if (text.length() > DomainName.LONGEST) {
      throw new IllegalArgumentException("is longer than " + DomainName.LONGEST + " characters");
    }
    if (text.indexOf(':') >= 0) {
      return ipv6(text);
    }
    String name;
    try {
      name = DomainName.canonical(text);
    } catch (IllegalArgumentException e) {
      throw noHost(e);
    }
    if (ENDS_IN_A_NUMBER.matcher(name).matches() && !IPV4.matcher(name).matches()) {
      throw noHost(null);
    }
    return name;
  }

  private static String ipv6(String text) {
    // A zone is of this machine only.
    if (text.indexOf('%') >= 0 || text.indexOf('[') >= 0) {
      throw noHost(null);
    }
    try {
      InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      throw noHost(e);
    }
    return text.toLowerCase(Locale.ROOT);
  }

  private static IllegalArgumentException noHost(@Nullable Throwable cause) {
    return new IllegalArgumentException(
        "is not a host; expected for example smtp.acme.example, 192.0.2.25 or 2001:db8::25", cause);
  }
}
