package io.tallypost.audit.replay;

import java.util.Map;

/** How many letters go out together. Pure. */
final class ChunkSize {
  private static final int MOST_LETTERS = 100;

  /** In bytes of mail; a chunk has at least one letter, whatever its size. */
  private static final long MOST_BYTES = 4L * 1024 * 1024;

  private ChunkSize() {}

  /**
   * The last position that the chunk may have: at most a quarter of a second's letters, so that
   * they go out evenly.
   *
   * @param from the position up to which all is done
   * @param claimed how many letters the job has
   */
  static int last(int from, int claimed, int ratePerSecond) {
    int most = Math.clamp((ratePerSecond + 3) / 4, 1, MOST_LETTERS);
    return Math.min(claimed, from + most);
  }

  /**
   * The last position whose mail still fits.
   *
   * @param sizes of the letters from here to the last one; one that is absent has none
   */
  static int fitting(int from, int last, Map<Integer, Long> sizes) {
    int to = from;
    long weight = 0;
    for (int position = from + 1; position <= last; position++) {
      weight += sizes.getOrDefault(position, 0L);
      if (to > from && weight > MOST_BYTES) {
        break;
      }
      to = position;
    }
    return to;
  }
}
