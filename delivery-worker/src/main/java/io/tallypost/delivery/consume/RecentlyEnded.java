package io.tallypost.delivery.consume;

import io.tallypost.delivery.consume.Polled.Identity;
import io.tallypost.delivery.consume.Polled.Place;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was finished lately, or has failed, in whatever assignment of its partition. A record whose
 * result is written and whose commit was not taken, because the partition was lost or the consumer
 * died, is polled again; another attempt would be a copy. So it would be after an attempt that
 * failed when a relay may have had the mail. Bounded: the oldest are forgotten. One thread.
 */
final class RecentlyEnded {
  private final int most;
  private final Map<Place, Ended> ended = new LinkedHashMap<>();

  RecentlyEnded(int most) {
    this.most = most;
  }

  private record Ended(Identity identity, boolean done, int failures, boolean maybeSent) {}

  /**
   * Takes note of a record that nobody works on any more.
   *
   * @param done whether it needs no more work
   */
  void add(Polled mail, boolean done) {
    if (!done && mail.failures() == 0) {
      return;
    }
    // Removed first, so that it is the youngest.
    ended.remove(mail.place());
    ended.put(mail.place(), new Ended(mail.identity(), done, mail.failures(), mail.isMaybeSent()));
    if (ended.size() > most) {
      ended.remove(ended.keySet().iterator().next());
    }
  }

  /** Whether this very record was finished; not another one at its place in a topic made anew. */
  boolean hasFinished(Polled mail) {
    Ended known = ended.get(mail.place());
    return known != null && known.done() && known.identity().equals(mail.identity());
  }

  /** Tells a record that was polled anew of its earlier failures. */
  void remind(Polled mail) {
    Ended known = ended.get(mail.place());
    if (known != null && known.identity().equals(mail.identity())) {
      mail.failedBefore(known.failures(), known.maybeSent());
    }
  }
}
