package io.tallypost.delivery.progress;

import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;

/**
 * A set of offsets as ranges, and its form in a commit's metadata: {@code 1:}, then for each range
 * the number of offsets before it and its length, as numbers of five bits per character, whose
 * sixth bit says that more follow. Unknown forms read as an empty set, which costs a copy and never
 * a message.
 */
final class OffsetRanges {
  /**
   * A broker's default limit ({@code offset.metadata.max.bytes}); one character more is refused.
   */
  static final int LONGEST_METADATA = 4096;

  private static final String VERSION = "1:";
  private static final String DIGITS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  /** First offset to the one after the last; no overlaps, none adjacent. */
  private final TreeMap<Long, Long> ranges = new TreeMap<>();

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  boolean contains(long offset) {
    Map.Entry<Long, Long> range = ranges.floorEntry(offset);
    return range != null && offset < range.getValue();
  }

  void add(long offset) {
    add(offset, offset + 1);
  }

  private void add(long first, long end) {
    long from = first;
    long to = end;
    Map.Entry<Long, Long> before = ranges.floorEntry(first);
    if (before != null && before.getValue() >= first) {
      from = before.getKey();
      to = Math.max(to, before.getValue());
    }
    for (var after = ranges.ceilingEntry(from);
        after != null && after.getKey() <= to;
        after = ranges.ceilingEntry(from)) {
      to = Math.max(to, after.getValue());
      ranges.remove(after.getKey());
    }
    ranges.put(from, to);
  }

  void clear() {
    ranges.clear();
  }

  void removeBelow(long offset) {
    Map.Entry<Long, Long> across = ranges.lowerEntry(offset);
    ranges.headMap(offset).clear();
    if (across != null && across.getValue() > offset) {
      ranges.put(offset, across.getValue());
    }
  }

  /**
   * Closes gaps that contain no open record, as far as the partition was polled.
   *
   * @param open offsets that must stay outside
   * @param polledUpTo the offset after the last polled one: beyond it nothing is known
   */
  void joinExcept(NavigableSet<Long> open, long polledUpTo) {
    Map.Entry<Long, Long> before = ranges.firstEntry();
    while (before != null) {
      Map.Entry<Long, Long> after = ranges.higherEntry(before.getKey());
      if (after == null || after.getKey() > polledUpTo) {
        return;
      }
      if (open.subSet(before.getValue(), after.getKey()).isEmpty()) {
        add(before.getValue(), after.getKey());
        before = ranges.floorEntry(before.getKey());
      } else {
        before = after;
      }
    }
  }

  /** The form for the metadata of a commit of this offset; as much as fits, the lowest first. */
  String encode(long committed) {
    if (ranges.isEmpty()) {
      return "";
    }
    var text = new StringBuilder(VERSION);
    long last = committed;
    for (var range : ranges.tailMap(committed).entrySet()) {
      int length = text.length();
      append(text, range.getKey() - last);
      append(text, range.getValue() - range.getKey());
      last = range.getValue();
      if (text.length() > LONGEST_METADATA) {
        text.setLength(length);
        break;
      }
    }
    return text.toString();
  }

  private static void append(StringBuilder text, long number) {
    long rest = number;
    while (rest >= 32) {
      text.append(DIGITS.charAt((int) (rest & 31) | 32));
      rest >>>= 5;
    }
    text.append(DIGITS.charAt((int) rest));
  }

  /** Reads what {@link #encode} wrote beside a commit of this offset. */
  static OffsetRanges decode(long committed, String metadata) {
    var result = new OffsetRanges();
    if (!metadata.startsWith(VERSION)) {
      return result;
    }
    var numbers = new Numbers(metadata.substring(VERSION.length()));
    long last = committed;
    while (numbers.hasNext()) {
      long first = last + numbers.next();
      long end = first + numbers.next();
      if (numbers.broken || first < last || end <= first) {
        return new OffsetRanges();
      }
      result.add(first, end);
      last = end;
    }
    return result;
  }

  private static final class Numbers {
    private final String text;
    private int at;
    private boolean broken;

    Numbers(String text) {
      this.text = text;
    }

    boolean hasNext() {
      return at < text.length();
    }

    long next() {
      long number = 0;
      for (int shift = 0; hasNext() && shift < 60; shift += 5) {
        int digit = DIGITS.indexOf(text.charAt(at++));
        if (digit < 0) {
          break;
        }
        number |= (long) (digit & 31) << shift;
        if (digit < 32) {
          return number;
        }
      }
      broken = true;
      return 0;
    }
  }

  @Override
  public String toString() {
    return ranges.toString();
  }
}
