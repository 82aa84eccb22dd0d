package io.tallypost.delivery.consume;

import io.tallypost.delivery.consume.Polled.Identity;
import io.tallypost.delivery.consume.Polled.Place;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was finished lately, in whatever assignment of its partition. A record whose result is
 * written and whose commit was not taken, because the partition was lost or the consumer died, is
 * polled again; another attempt would be a copy. Bounded: the oldest are forgotten. One thread.
 */
final class RecentlyFinished {
  private final int most;
  private final Map<Place, Identity> finished = new LinkedHashMap<>();

  RecentlyFinished(int most) {
    this.most = most;
  }

  /** Takes note of a record that needs no more work. */
  void add(Polled mail) {
    // Removed first, so that it is the youngest.
    finished.remove(mail.place());
    finished.put(mail.place(), mail.identity());
    if (finished.size() > most) {
      finished.remove(finished.keySet().iterator().next());
    }
  }

  /** Whether this very record was finished; not another one at its place in a topic made anew. */
  boolean contains(Polled mail) {
    return mail.identity().equals(finished.get(mail.place()));
  }
}
