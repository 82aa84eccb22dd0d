package io.tallypost.kit.keys;

import io.tallypost.keys.AddressRange;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;

/**
 * Finds a client's address. {@code X-Forwarded-For} counts only as far as trusted proxies have
 * written it: it is read from its end, each proxy's entry vouching for the one before.
 */
final class ClientAddresses {
  private static final String FORWARDED_FOR = "X-Forwarded-For";

  private static final int IPV6_BYTES = 16;
  private static final int NETWORK_BYTES = 8;
  private static final int SITE_BYTES = 6;

  private final List<AddressRange> trustedProxies;

  ClientAddresses(List<AddressRange> trustedProxies) {
    this.trustedProxies = trustedProxies;
  }

  String of(HttpServletRequest request) {
    String client = request.getRemoteAddr();
    for (String before : forwarded(request)) {
      if (!isTrusted(client) || !AddressRange.isAddress(before)) {
        return client;
      }
      client = before;
    }
    return client;
  }

  /** The unit for counting wrong keys: an owner of one IPv6 address has its whole /64. */
  static String network(String address) {
    return prefix(address, NETWORK_BYTES);
  }

  /** The unit for taking turns: who has one /64 may have as many as are in a /48 (RFC 6177). */
  static String site(String address) {
    return prefix(address, SITE_BYTES);
  }

  private static String prefix(String address, int ipv6Bytes) {
    if (address.indexOf(':') < 0 || !AddressRange.isAddress(address)) {
      return address;
    }
    byte[] bytes = InetAddress.ofLiteral(address).getAddress();
    return bytes.length == IPV6_BYTES ? HexFormat.of().formatHex(bytes, 0, ipv6Bytes) : address;
  }

  private boolean isTrusted(String address) {
    return trustedProxies.stream().anyMatch(range -> range.contains(address));
  }

  /** All entries of all such headers, the last first. */
  private static List<String> forwarded(HttpServletRequest request) {
    return Collections.list(request.getHeaders(FORWARDED_FOR)).stream()
        .flatMap(header -> Arrays.stream(header.split(",")))
        .map(String::strip)
        .toList()
        .reversed();
  }
}
