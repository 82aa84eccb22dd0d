package io.tallypost.relays;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Set;

/**
 * Addresses that a relay of a tenant must not have, lest mail settings become a way to talk to the
 * machine itself or to its platform (server-side request forgery): loopback, link-local, multicast,
 * unspecified, and where cloud platforms answer for their metadata. Private networks (RFC 1918) are
 * not among them: relays live there.
 */
public final class InternalAddresses {
  /** Metadata services outside 169.254.0.0/16: Amazon's over IPv6, Alibaba's, Oracle's. */
  private static final Set<InetAddress> METADATA =
      Set.of(
          InetAddress.ofLiteral("fd00:ec2::254"),
          InetAddress.ofLiteral("100.100.100.200"),
          InetAddress.ofLiteral("192.0.0.192"));

  private static final int IPV4_BYTES = 4;
  private static final int IPV6_BYTES = 16;

  private InternalAddresses() {}

  /** Whether a relay must not be there. */
  public static boolean contains(InetAddress address) {
    return address.isLoopbackAddress()
        || address.isAnyLocalAddress()
        || address.isLinkLocalAddress()
        || address.isMulticastAddress()
        || isThisNetwork(address)
        || METADATA.contains(address)
        || (address instanceof Inet6Address six && embedsInternal(six));
  }

  /** 0.0.0.0/8 reaches the machine itself on some systems (RFC 1122, section 3.2.1.3). */
  private static boolean isThisNetwork(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == IPV4_BYTES && bytes[0] == 0;
  }

  /** An IPv4 address in the last four bytes: IPv4-compatible (RFC 4291) and NAT64 (RFC 6052). */
  private static boolean embedsInternal(Inet6Address address) {
    byte[] bytes = address.getAddress();
    boolean nat64 =
        bytes[0] == 0
            && bytes[1] == 0x64
            && bytes[2] == (byte) 0xff
            && bytes[3] == (byte) 0x9b
            && zeros(bytes, 4);
    if (!nat64 && !zeros(bytes, 0)) {
      return false;
    }
    String embedded =
        "%d.%d.%d.%d"
            .formatted(bytes[12] & 0xff, bytes[13] & 0xff, bytes[14] & 0xff, bytes[15] & 0xff);
    return contains(InetAddress.ofLiteral(embedded));
  }

  private static boolean zeros(byte[] bytes, int from) {
    for (int i = from; i < IPV6_BYTES - IPV4_BYTES; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
