package io.tallypost.keys;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** A range of IPv4 or IPv6 addresses in CIDR notation (RFC 4632), or a single address. */
public record AddressRange(@JsonValue String value) {
  /** An IPv6 address with an IPv4 one in its last part, and a prefix. */
  private static final int LONGEST = 49;

  private static final int IPV4_BYTES = 4;

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException if it is no range; host names are none
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public AddressRange {
    int slash = value.indexOf('/');
    try {
      // A zone belongs to one machine, and may have any length.
      if (value.length() > LONGEST || value.indexOf('%') >= 0) {
        throw new IllegalArgumentException("too long, or with a zone");
      }
      int bits =
          literal(slash < 0 ? value : value.substring(0, slash)).getAddress().length * Byte.SIZE;
      if (slash >= 0 && !prefixFits(value.substring(slash + 1), bits)) {
        throw new IllegalArgumentException("the prefix is 0 to " + bits);
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "is not an address range; expected for example 192.0.2.0/24 or 2001:db8::/32", e);
    }
  }

  /** Whether an address is within; a text that is no address is in no range. */
  public boolean contains(String address) {
    byte[] candidate;
    try {
      candidate = literal(address).getAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
    byte[] range = base().getAddress();
    return candidate.length == range.length && startAlike(range, candidate, prefix(range.length));
  }

  /** Whether these ranges together contain every address of a range. IPv4 and IPv6 are separate. */
  public static boolean cover(List<AddressRange> ranges, AddressRange wanted) {
    Span span = wanted.span();
    BigInteger next = span.first();
    List<Span> others =
        ranges.stream()
            .map(AddressRange::span)
            .filter(other -> other.bits() == span.bits())
            .sorted(Comparator.comparing(Span::first))
            .toList();
    for (Span other : others) {
      if (other.first().compareTo(next) > 0) {
        break;
      }
      next = next.max(other.last().add(BigInteger.ONE));
    }
    return next.compareTo(span.last()) > 0;
  }

  /** Whether it has IPv4 addresses, be they written as IPv6 ones that map them. */
  public boolean isIpv4() {
    return base().getAddress().length == IPV4_BYTES;
  }

  /** How many bits are the same in all its addresses. */
  public int prefix() {
    return prefix(base().getAddress().length);
  }

  /** The first and the last address, as numbers with this many bits. */
  private record Span(int bits, BigInteger first, BigInteger last) {}

  private Span span() {
    byte[] address = base().getAddress();
    int bits = address.length * Byte.SIZE;
    int free = bits - prefix(address.length);
    BigInteger first = new BigInteger(1, address).shiftRight(free).shiftLeft(free);
    return new Span(
        bits, first, first.add(BigInteger.ONE.shiftLeft(free)).subtract(BigInteger.ONE));
  }

  private InetAddress base() {
    int slash = value.indexOf('/');
    return literal(slash < 0 ? value : value.substring(0, slash));
  }

  /** How many bits are fixed in addresses of so many bytes. */
  private int prefix(int bytes) {
    int slash = value.indexOf('/');
    return slash < 0 ? bytes * Byte.SIZE : Integer.parseInt(value.substring(slash + 1));
  }

  private static boolean startAlike(byte[] one, byte[] other, int bits) {
    int whole = bits / Byte.SIZE;
    int rest = bits % Byte.SIZE;
    return Arrays.mismatch(one, 0, whole, other, 0, whole) < 0
        && (rest == 0 || (one[whole] ^ other[whole]) >> (Byte.SIZE - rest) == 0);
  }

  public static boolean isAddress(String text) {
    try {
      literal(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static InetAddress literal(String text) {
    // Java takes 10.1 for 10.0.0.1; people who write that mean something else.
    if (text.indexOf(':') < 0 && text.chars().filter(c -> c == '.').count() != 3) {
      throw new IllegalArgumentException("not in four parts");
    }
    return InetAddress.ofLiteral(text);
  }

  private static boolean prefixFits(String prefix, int bits) {
    return prefix.matches("[0-9]{1,3}") && Integer.parseInt(prefix) <= bits;
  }

  @Override
  public String toString() {
    return value;
  }
}
