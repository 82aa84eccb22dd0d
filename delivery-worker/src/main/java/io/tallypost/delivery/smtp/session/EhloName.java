package io.tallypost.delivery.smtp.session;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Our name in EHLO: the configured one, or this machine's if it is valid, or else our address (RFC
 * 5321, section 4.1.3). Containers have names that strict relays refuse.
 */
final class EhloName {
  private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  private static final Pattern DOMAIN = Pattern.compile(LABEL + "(\\." + LABEL + ")*");

  /** Looked up by the first relay that needs it: a name server may be slow. */
  private static final class Machine {
    static final String NAME = machine();
  }

  private EhloName() {}

  static String of(String configured, InetAddress local) {
    if (!configured.isBlank()) {
      return named(configured);
    }
    return Machine.NAME.isEmpty() ? literal(local) : Machine.NAME;
  }

  /** An address that is set as a name takes its brackets here. */
  private static String named(String configured) {
    try {
      return literal(InetAddress.ofLiteral(configured));
    } catch (IllegalArgumentException e) {
      return configured;
    }
  }

  static String literal(InetAddress local) {
    String address = local.getHostAddress();
    int zone = address.indexOf('%');
    String plain = zone < 0 ? address : address.substring(0, zone);
    return local instanceof Inet6Address ? "[IPv6:" + plain + "]" : "[" + plain + "]";
  }

  /** Empty if the machine's name is not a domain. */
  private static String machine() {
    try {
      String name = InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
      return DOMAIN.matcher(name).matches() ? name : "";
    } catch (UnknownHostException e) {
      return "";
    }
  }
}
