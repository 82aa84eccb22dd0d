package io.tallypost.intake.inflight;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that the bodies of all requests in flight may need, and what is taken of it. Large
 * bodies share three quarters, so that there is always room for small ones. One that is larger than
 * that goes alone among the large.
 */
final class ByteBudget {
  /** A body above this is a large one. */
  static final long LARGE = 64 * 1024;

  /**
   * What a byte of a body becomes at its worst: itself, the parser's characters, the strings of the
   * mail (two bytes for each character, if one is outside Latin-1), the event and its JSON.
   */
  private static final long TEXT = 8;

  /**
   * What a byte may need beside it while it is structure ({@code {},{},{}}): a node for each three
   * bytes. {@link io.tallypost.json.JsonBody} takes no more of these than fit into so many bytes.
   */
  private static final long STRUCTURE = 30;

  private static final long MOST_STRUCTURE = 60 * 1024;

  /** The request itself: headers, span, buffers. */
  private static final long REQUEST = 16 * 1024;

  private final long limit;
  private final long limitOfLarge;
  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong takenByLarge = new AtomicLong();

  ByteBudget(long limit) {
    this.limit = limit;
    this.limitOfLarge = limit / 4 * 3;
  }

  /** What a request with a body of so many bytes may need until it is answered. */
  static long need(long bodyBytes) {
    return REQUEST + TEXT * bodyBytes + STRUCTURE * Math.min(bodyBytes, MOST_STRUCTURE);
  }

  long limit() {
    return limit;
  }

  long taken() {
    return taken.get();
  }

  /** The share of one request, which has nothing yet. */
  Share share() {
    return new Share();
  }

  private static boolean tryAdd(AtomicLong sum, long more, long most) {
    long before = sum.get();
    while (before + more <= most) {
      if (sum.compareAndSet(before, before + more)) {
        return true;
      }
      before = sum.get();
    }
    return false;
  }

  /** What one request has taken; for one thread, and to be closed whatever becomes of it. */
  final class Share implements AutoCloseable {
    private long held;
    private boolean large;

    private Share() {}

    /**
     * Takes what is missing for a body that has, or may have, so many bytes.
     *
     * @return false if there is no room; what was taken before is still held
     */
    boolean growTo(long bodyBytes) {
      long need = need(bodyBytes);
      if (need <= held) {
        return true;
      }
      return bodyBytes > LARGE ? growAsLarge(need) : growAsSmall(need);
    }

    private boolean growAsSmall(long need) {
      if (!tryAdd(taken, need - held, limit)) {
        return false;
      }
      held = need;
      return true;
    }

    private boolean growAsLarge(long need) {
      long heldAsLarge = large ? held : 0;
      // Where no other large one is, it is let in whatever it needs: it might never be otherwise.
      boolean alone = takenByLarge.compareAndSet(heldAsLarge, need);
      if (!alone && !tryAdd(takenByLarge, need - heldAsLarge, limitOfLarge)) {
        return false;
      }
      if (alone) {
        taken.addAndGet(need - held);
      } else if (!tryAdd(taken, need - held, limit)) {
        takenByLarge.addAndGet(heldAsLarge - need);
        return false;
      }
      large = true;
      held = need;
      return true;
    }

    @Override
    public void close() {
      taken.addAndGet(-held);
      if (large) {
        takenByLarge.addAndGet(-held);
      }
      held = 0;
      large = false;
    }
  }
}
