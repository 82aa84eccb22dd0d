package io.tallypost.delivery.consume;

import io.tallypost.delivery.relays.Pressure;
import io.tallypost.delivery.relays.RelayGroup;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.Lane;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The places of this worker in all lanes, and the bytes of their mail. No relay and no tenant gets
 * more than its share of what the others leave, so that neither a slow or loud one nor many of them
 * together take all the room. While transactional mail waits for a place, bulk mail gets no more
 * than its share.
 */
final class Budget implements Pressure {
  /** A full window in which nothing ends for this long has stalled. */
  static final Duration STALL = Duration.ofMillis(500);

  /**
   * How long smaller mails may overtake one that lacks bytes. Then room is kept free for it just as
   * long, and so on in turns, because the conversation whose end it needs may take minutes.
   */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /**
   * A sender that waits asks many times a second; one that has not asked for this long waits no
   * more.
   */
  private static final Duration ASKS_AGAIN = Duration.ofSeconds(1);

  /**
   * How long mail counts as waiting after it was refused by a share: it asks every few
   * milliseconds.
   */
  private static final Duration SHARE_ASKED_AGAIN = Duration.ofMillis(100);

  private final Limits limits;
  private final LongSupplier nanos;
  private final Use all = new Use();
  private final Map<Lane, Use> lanes = new EnumMap<>(Lane.class);
  private final Map<TenantId, Share> tenants = new HashMap<>();
  private final Map<String, Share> relays = new HashMap<>();
  private final Set<Lane> waiting = EnumSet.noneOf(Lane.class);
  private long stillSince;
  private boolean stalled;

  /**
   * An unused budget.
   *
   * @param nanos the time, as {@link System#nanoTime}
   */
  Budget(Limits limits, LongSupplier nanos) {
    this.limits = limits;
    this.nanos = nanos;
    for (Lane lane : Lane.values()) {
      lanes.put(lane, new Use());
    }
  }

  /**
   * How much there is.
   *
   * @param places for mails
   * @param bytes that they may take together
   * @param bulkPercent of the places for bulk mail while transactional mail waits
   * @param relayPercent of places and bytes for each relay, of what other relays leave
   * @param tenantPercent of places and bytes for each tenant, over all relays, of what other
   *     tenants leave
   */
  record Limits(int places, long bytes, int bulkPercent, int relayPercent, int tenantPercent) {}

  /** What a mail wants. */
  record Claim(Lane lane, TenantId tenant, RelayGroup relays, long bytes) {}

  /** What it gets. */
  enum Answer {
    /** A place. */
    BEGIN,
    /** No place before other mail of its relay or tenant ends; mail of others may have one. */
    SHARE_USED,
    /** No place before any other mail ends. */
    FULL
  }

  /** The most that some mails may have together. */
  private record Room(long places, long bytes) {
    Room part(int percent) {
      return new Room(percent(percent, places), percent(percent, bytes));
    }
  }

  private static final class Use {
    private int places;
    private long bytes;
    private long lastBegun;
    private @Nullable Wish passedOver;

    void add(int morePlaces, long moreBytes) {
      places += morePlaces;
      bytes += moreBytes;
    }

    /** What is left if this part of it is taken off. */
    Use without(Use part) {
      var rest = new Use();
      rest.add(places - part.places, bytes - part.bytes);
      return rest;
    }

    boolean hasRoomFor(Claim claim, long wanted, long mostPlaces, long mostBytes, long now) {
      if (places >= mostPlaces) {
        return false;
      }
      long kept = passedOver == null ? 0 : passedOver.keptFrom(claim, now);
      boolean fits = bytes + kept == 0 || bytes + kept + wanted <= mostBytes;
      if (!fits) {
        refused(claim, wanted, now);
      }
      return fits;
    }

    private void refused(Claim claim, long wanted, long now) {
      boolean isFree = passedOver == null || !passedOver.isStill(now);
      if (isFree && wanted > lastBegun) {
        passedOver = new Wish(claim, wanted, now, now);
      } else if (passedOver != null && passedOver.claim().equals(claim)) {
        passedOver = passedOver.askedAgain(now);
      }
    }

    void begun(Claim claim, long taken) {
      lastBegun = taken;
      if (passedOver != null && passedOver.claim().equals(claim)) {
        passedOver = null;
      }
    }
  }

  /** A mail that finds a place but not enough bytes, while smaller ones start: perhaps for ever. */
  private record Wish(Claim claim, long bytes, long since, long lastAsked) {
    Wish askedAgain(long now) {
      return new Wish(claim, bytes, since, now);
    }

    boolean isStill(long now) {
      return now - lastAsked <= ASKS_AGAIN.toNanos();
    }

    /** The bytes kept free for it when another mail asks. */
    long keptFrom(Claim other, long now) {
      boolean itsTurn = (now - since) / PATIENCE.toNanos() % 2 == 1;
      return itsTurn && isStill(now) && !claim.equals(other) ? bytes : 0;
    }
  }

  /** What a relay's or a tenant's mail uses together, and bulk mail of that. */
  private static final class Share {
    private final Use all = new Use();
    private final Use bulk = new Use();
    private final Map<Lane, Long> refusedAt = new EnumMap<>(Lane.class);

    Stream<Use> uses(Lane lane) {
      return switch (lane) {
        case TRANSACTIONAL -> Stream.of(all);
        case BULK -> Stream.of(all, bulk);
      };
    }

    void refused(Lane lane, long now) {
      refusedAt.put(lane, now);
    }

    boolean isWaitedFor(Lane lane, long now) {
      Long refused = refusedAt.get(lane);
      return refused != null && now - refused <= SHARE_ASKED_AGAIN.toNanos();
    }
  }

  /** Takes a place for a mail, if there is one. */
  synchronized Answer begin(Claim claim) {
    Answer answer = ask(claim);
    if (answer == Answer.BEGIN) {
      add(claim, 1, bytes(claim));
      uses(claim).forEach(use -> use.begun(claim, bytes(claim)));
    }
    return answer;
  }

  private Answer ask(Claim claim) {
    // Several relays of one group share what each of them could have alone.
    int relayPercent = Math.min(100, limits.relayPercent() * claim.relays().relays());
    Share relay = relays.getOrDefault(claim.relays().name(), new Share());
    Share tenant = tenants.getOrDefault(claim.tenant(), new Share());
    if (!isWithin(relayPercent, relay, claim) || !isWithin(limits.tenantPercent(), tenant, claim)) {
      return Answer.SHARE_USED;
    }
    return isWithin(100, all, claim) && isBulksTurn(claim) ? Answer.BEGIN : Answer.FULL;
  }

  private boolean isWithin(int percent, Share share, Claim claim) {
    long now = nanos.getAsLong();
    boolean bulk = claim.lane() == Lane.BULK;
    boolean contended = bulk && share.isWaitedFor(Lane.TRANSACTIONAL, now);
    // Bulk mail makes room for transactional mail when all is taken, so it does not count for it.
    // Where both want the same share, it is as large for both, and bulk mail has its part of it.
    Room room =
        bulk && !contended
            ? leftBy(all.without(share.all), percent)
            : leftBy(all.without(lane(Lane.BULK)).without(share.all.without(share.bulk)), percent);
    boolean within = hasRoom(share.all, claim, room);
    if (within && contended) {
      Room part = leftBy(all.without(share.all), percent).part(limits.bulkPercent());
      within = hasRoom(share.bulk, claim, part);
    }
    if (!within) {
      share.refused(claim.lane(), now);
    }
    return within;
  }

  private Room leftBy(Use others, int percent) {
    return new Room(limits.places() - others.places, limits.bytes() - others.bytes).part(percent);
  }

  private boolean isWithin(int percent, Use use, Claim claim) {
    return hasRoom(use, claim, new Room(limits.places(), limits.bytes()).part(percent));
  }

  private Use lane(Lane lane) {
    return lanes.getOrDefault(lane, all);
  }

  private static long percent(int percent, long of) {
    return Math.max(1, of * percent / 100);
  }

  private boolean hasRoom(Use use, Claim claim, Room room) {
    return use.hasRoomFor(claim, bytes(claim), room.places(), room.bytes(), nanos.getAsLong());
  }

  /** A mail larger than its relay's share goes alone there, and takes all of it. */
  private long bytes(Claim claim) {
    return Math.min(claim.bytes(), percent(limits.relayPercent(), limits.bytes()));
  }

  private boolean isBulksTurn(Claim claim) {
    return switch (claim.lane()) {
      case TRANSACTIONAL -> true;
      case BULK ->
          !waiting.contains(Lane.TRANSACTIONAL)
              || isWithin(limits.bulkPercent(), lane(Lane.BULK), claim);
    };
  }

  synchronized void ended(Claim claim) {
    add(claim, -1, -bytes(claim));
    stillSince = nanos.getAsLong();
  }

  private void add(Claim claim, int places, long bytes) {
    all.add(places, bytes);
    lane(claim.lane()).add(places, bytes);
    add(tenants, claim.tenant(), claim.lane(), places, bytes);
    add(relays, claim.relays().name(), claim.lane(), places, bytes);
  }

  private Stream<Use> uses(Claim claim) {
    Stream<Use> shares =
        Stream.of(tenants.get(claim.tenant()), relays.get(claim.relays().name()))
            .filter(Objects::nonNull)
            .flatMap(share -> share.uses(claim.lane()));
    return Stream.concat(Stream.of(all, lane(claim.lane())), shares);
  }

  private static <K> void add(Map<K, Share> shares, K key, Lane lane, int places, long bytes) {
    Share share = shares.computeIfAbsent(key, _ -> new Share());
    share.uses(lane).forEach(use -> use.add(places, bytes));
    if (share.all.places == 0) {
      shares.remove(key);
    }
  }

  /** Whether this lane has mail without a place because all are taken. */
  synchronized void waits(Lane lane, boolean waits) {
    if (waits && waiting.isEmpty()) {
      stillSince = nanos.getAsLong();
    }
    if (waits) {
      waiting.add(lane);
    } else {
      waiting.remove(lane);
    }
    stalled &= !waiting.isEmpty();
  }

  /** Whether mail waits for a place that other mail has. */
  synchronized boolean othersWait() {
    return !waiting.isEmpty();
  }

  /** A stall lasts until nobody waits any more: one free place is not enough. */
  @Override
  public synchronized boolean isStalled() {
    stalled = stalled || (!waiting.isEmpty() && nanos.getAsLong() - stillSince >= STALL.toNanos());
    return stalled;
  }

  @Override
  public synchronized boolean isShareUsed(String group) {
    Share share = relays.get(group);
    long now = nanos.getAsLong();
    return share != null && Stream.of(Lane.values()).anyMatch(lane -> share.isWaitedFor(lane, now));
  }

  synchronized int inFlight() {
    return all.places;
  }
}
