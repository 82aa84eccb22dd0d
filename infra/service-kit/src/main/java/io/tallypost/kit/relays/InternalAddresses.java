package io.tallypost.kit.relays;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Addresses that a tenant's relay must not have; otherwise mail settings could reach the machine
 * itself or its platform (server-side request forgery): loopback, link-local, multicast,
 * unspecified and reserved addresses, and those of cloud platforms' own services. Private networks
 * (RFC 1918, RFC 4193) are allowed: relays live there.
 */
public final class InternalAddresses {
  private static final List<Block> INTERNAL =
      Stream.of(
              // This network: on some systems the machine itself (RFC 1122, section 3.2.1.3).
              "0.0.0.0/8",
              // Shared by carriers and clusters (RFC 6598); Alibaba's metadata is in it.
              "100.64.0.0/10",
              "127.0.0.0/8",
              // Azure's WireServer.
              "168.63.129.16/32",
              // Link-local; most clouds' metadata is in it.
              "169.254.0.0/16",
              // Protocol assignments (RFC 6890); Oracle's metadata is in it.
              "192.0.0.0/24",
              // Benchmarks (RFC 2544).
              "198.18.0.0/15",
              // Multicast, reserved, broadcast.
              "224.0.0.0/3",
              "::/128",
              "::1/128",
              // NAT64 of the network itself (RFC 8215): its destination is not in the address.
              "64:ff9b:1::/48",
              // Teredo (RFC 4380), which leads to IPv4 addresses in disguise.
              "2001::/32",
              // Metadata over IPv6: Amazon's, Oracle's, Scaleway's, Google's.
              "fd00:ec2::/32",
              "fd00:c1::a9fe:a9fe/128",
              "fd00:42::42/128",
              "fd20:ce::/32",
              "fe80::/10",
              "ff00::/8")
          .map(Block::parse)
          .toList();

  /** IPv6 addresses that lead to an IPv4 address inside them. */
  private static final List<Embedding> EMBEDDINGS =
      List.of(
          // IPv4-compatible (RFC 4291, section 2.5.5.1).
          new Embedding(Block.parse("::/96"), 12),
          // IPv4-translated (RFC 2765); the mapped ones are IPv4 addresses to Java.
          new Embedding(Block.parse("::ffff:0:0:0/96"), 12),
          // NAT64 (RFC 6052).
          new Embedding(Block.parse("64:ff9b::/96"), 12),
          // 6to4 (RFC 3056).
          new Embedding(Block.parse("2002::/16"), 2));

  private static final int IPV4_BYTES = 4;
  private static final int IPV6_BYTES = 16;

  private InternalAddresses() {}

  /** The addresses that begin with these bits. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares two
  private record Block(byte[] start, int bits) {

    static Block parse(String text) {
      int slash = text.indexOf('/');
      return new Block(
          InetAddress.ofLiteral(text.substring(0, slash)).getAddress(),
          Integer.parseInt(text.substring(slash + 1)));
    }

    boolean contains(byte[] address) {
      if (address.length != start.length) {
        return false;
      }
      int whole = bits / Byte.SIZE;
      int rest = Byte.SIZE - bits % Byte.SIZE;
      return Arrays.equals(address, 0, whole, start, 0, whole)
          && (rest == Byte.SIZE
              || (address[whole] & 0xff) >> rest == (start[whole] & 0xff) >> rest);
    }
  }

  /** The position of an IPv4 address in a block's addresses. */
  private record Embedding(Block block, int offset) {}

  /** Whether a relay must not have this address. */
  public static boolean contains(InetAddress address) {
    return contains(address.getAddress());
  }

  private static boolean contains(byte[] address) {
    return INTERNAL.stream().anyMatch(block -> block.contains(address))
        || EMBEDDINGS.stream()
            .anyMatch(embedding ->
                embedding.block().contains(address) && contains(ipv4(address, embedding.offset())))
        || (isIsatap(address) && contains(ipv4(address, IPV6_BYTES - IPV4_BYTES)));
  }

  /** ISATAP has its mark behind any network's prefix (RFC 5214, section 6.1). */
  private static boolean isIsatap(byte[] address) {
    return address.length == IPV6_BYTES
        && (address[8] & ~2) == 0
        && address[9] == 0
        && address[10] == 0x5e
        && address[11] == (byte) 0xfe;
  }

  private static byte[] ipv4(byte[] address, int offset) {
    return Arrays.copyOfRange(address, offset, offset + IPV4_BYTES);
  }
}
