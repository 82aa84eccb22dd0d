package io.tallypost.delivery.smtp;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What we call ourselves: the name that is set, or this machine's where it is a valid one, or else
 * the address that we come from (RFC 5321, section 4.1.3). Containers have names that strict relays
 * refuse.
 */
final class EhloName {
  private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  private static final Pattern DOMAIN = Pattern.compile(LABEL + "(\\." + LABEL + ")*");

  /** Looked up by the first relay that needs it: that may take as long as a name server likes. */
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

  /** Empty where the machine's name is no domain. */
  private static String machine() {
    try {
      String name = InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
      return DOMAIN.matcher(name).matches() ? name : "";
    } catch (UnknownHostException e) {
      return "";
    }
  }
}
