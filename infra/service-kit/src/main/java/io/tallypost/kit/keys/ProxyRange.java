package io.tallypost.kit.keys;

import io.tallypost.keys.AddressRange;

/**
 * Where proxies are. Whoever is within chooses the client's address by {@code X-Forwarded-For}, so
 * a range in which clients are too would let them use other people's shares and networks.
 *
 * @param addresses no more than the largest private network has: a /8 in IPv4 (RFC 1918), a /7 in
 *     IPv6 (RFC 4193)
 */
public record ProxyRange(AddressRange addresses) {
  private static final int WIDEST_IPV4 = 8;
  private static final int WIDEST_IPV6 = 7;

  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if it is wider
   */
  public ProxyRange {
    int widest = addresses.isIpv4() ? WIDEST_IPV4 : WIDEST_IPV6;
    if (addresses.prefix() < widest) {
      throw new IllegalArgumentException("is wider than a /" + widest);
    }
  }

  /**
   * Reads CIDR notation.
   *
   * @throws IllegalArgumentException if it is none, or too wide
   */
  public ProxyRange(String text) {
    this(new AddressRange(text));
  }
}
