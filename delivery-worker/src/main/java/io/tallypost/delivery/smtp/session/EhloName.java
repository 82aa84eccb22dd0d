package io.tallypost.delivery.smtp.session;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Our name in EHLO: the configured one, or this machine's if it is valid, or else our address (RFC
 * 5321, section 4.1.3). Containers have names that strict relays refuse.
 */
final class EhloName {
  private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  private static final Pattern DOMAIN = Pattern.compile(LABEL + "(\\." + LABEL + ")*");

  private static final String MACHINE =
      machine(System.getenv("HOSTNAME"), Path.of("/proc/sys/kernel/hostname"));

  private EhloName() {}

  static String of(String configured, InetAddress local) {
    if (!configured.isBlank()) {
      return named(configured);
    }
    return MACHINE.isEmpty() ? literal(local) : MACHINE;
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

  /**
   * This machine's name, as the environment has it, or else the kernel; empty if neither is a
   * domain. {@link InetAddress#getLocalHost} would ask the resolver, and a mute name server would
   * hang each first send, which nothing could break off.
   */
  static String machine(@Nullable String environment, Path kernel) {
    return Stream.of(Objects.requireNonNullElse(environment, ""), read(kernel))
        .map(name -> name.strip().toLowerCase(Locale.ROOT))
        .filter(name -> DOMAIN.matcher(name).matches())
        .findFirst()
        .orElse("");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }
}
