package io.tallypost.intake.inflight;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that the bodies of all requests in flight may need, and what is taken of it. Large
 * bodies share three quarters, which leaves room for small ones. One tenant has at most seven
 * eighths, and three quarters of what large bodies share, which leaves some for others of both
 * sizes. A body above such a share is let in while there is no other large body, or no other of its
 * tenant.
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
   * bytes. {@link io.tallypost.kit.json.JsonBody} takes no more of these than fit into so many
   * bytes.
   */
  private static final long STRUCTURE = 30;

  private static final long MOST_STRUCTURE = 60 * 1024;

  /** The request itself: headers, span, buffers. */
  private static final long REQUEST = 16 * 1024;

  private final long limit;
  private final long limitOfLarge;
  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong takenByLarge = new AtomicLong();
  private final OfTenants takenByTenant;
  private final OfTenants takenByTenantsLarge;

  ByteBudget(long limit) {
    this.limit = limit;
    this.limitOfLarge = limit / 4 * 3;
    this.takenByTenant = new OfTenants(limit / 8 * 7);
    this.takenByTenantsLarge = new OfTenants(limitOfLarge / 4 * 3);
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

  /** The share of one request of a tenant, which has nothing yet. */
  Share share(String tenant) {
    return new Share(tenant);
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

  /** What each tenant has taken, for those that hold something. */
  private static final class OfTenants {
    private final long most;
    private final ConcurrentMap<String, Long> taken = new ConcurrentHashMap<>();

    OfTenants(long most) {
      this.most = most;
    }

    /** Takes more for a request that holds so much; false beyond the limit, unless it is alone. */
    boolean take(String tenant, long held, long more) {
      var took = new AtomicBoolean();
      taken.compute(
          tenant,
          (_, before) -> {
            long has = before == null ? 0 : before;
            took.set(has + more <= most || has == held);
            return took.get() ? Long.valueOf(has + more) : before;
          });
      return took.get();
    }

    void giveBack(String tenant, long amount) {
      taken.computeIfPresent(tenant, (_, has) -> has == amount ? null : has - amount);
    }
  }

  /** What one request has taken. For one thread; always close it. */
  final class Share implements AutoCloseable {
    private final String tenant;
    private long held;
    private boolean large;

    private Share(String tenant) {
      this.tenant = tenant;
    }

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
      long more = need - held;
      if (!takenByTenant.take(tenant, held, more)) {
        return false;
      }
      boolean grown = bodyBytes > LARGE ? growAsTenantsLarge(need) : growAsSmall(need);
      if (!grown) {
        takenByTenant.giveBack(tenant, more);
      }
      return grown;
    }

    private boolean growAsSmall(long need) {
      if (!tryAdd(taken, need - held, limit)) {
        return false;
      }
      held = need;
      return true;
    }

    private boolean growAsTenantsLarge(long need) {
      long heldAsLarge = large ? held : 0;
      long more = need - heldAsLarge;
      if (!takenByTenantsLarge.take(tenant, heldAsLarge, more)) {
        return false;
      }
      boolean grown = growAsLarge(need, heldAsLarge);
      if (!grown) {
        takenByTenantsLarge.giveBack(tenant, more);
      }
      return grown;
    }

    private boolean growAsLarge(long need, long heldAsLarge) {
      // Without another large one it is let in whatever its size, or it might never be.
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
      takenByTenant.giveBack(tenant, held);
      taken.addAndGet(-held);
      if (large) {
        takenByTenantsLarge.giveBack(tenant, held);
        takenByLarge.addAndGet(-held);
      }
      held = 0;
      large = false;
    }
  }
}
