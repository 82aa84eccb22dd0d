package io.tallypost.kit.relays;

import java.util.regex.Pattern;

/**
 * One TCP port, or several consecutive ones.
 *
 * @param first the lowest
 * @param last the highest
 */
public record PortRange(int first, int last) {
  private static final int HIGHEST = 65_535;
  private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,4})(-([1-9][0-9]{0,4}))?");

  /**
   * Checks the order.
   *
   * @throws IllegalArgumentException if there is no such port, or none in between
   */
  public PortRange {
    if (first < 1 || last > HIGHEST || first > last) {
      throw new IllegalArgumentException("is not a range of ports from 1 to " + HIGHEST);
    }
  }

  /**
   * Reads {@code 25} or {@code 2500-2599}.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public PortRange(String text) {
    this(part(text, 1), part(text, 3));
  }

  private static int part(String text, int group) {
    var matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("is not a port as 25, or a range as 2500-2599");
    }
    String part = matcher.group(group);
    return Integer.parseInt(part == null ? matcher.group(1) : part);
  }

  /** Whether a port is one of them. */
  public boolean contains(int port) {
    return first <= port && port <= last;
  }

  @Override
  public String toString() {
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
