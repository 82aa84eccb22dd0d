package io.tallypost.faults.crowd;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/**
 * What the members of a {@link Crowd} do. Each asks again when its interval is over or, if that
 * takes longer, when it is answered: what is cheap to refuse is not offered without end, which
 * would be a flood, and the network's to stop.
 */
enum Hostility {
  /** Keys with a right checksum; half of them have the id of a key that exists. */
  WRONG_KEYS(400, Duration.ofSeconds(2)),
  /** 1 MB each, which would take longer than a body may. */
  SLOW_UPLOADS(300, Duration.ofSeconds(2)),
  /** Forms without a length, as PUT, PATCH and DELETE, without a key and with one. */
  FORM_BODIES(8, Duration.ofSeconds(1)),
  /** Send on when nothing is left. */
  OVER_LIMIT(20, Duration.ofMillis(50)),
  /** Ask for long lists of mail. */
  SEARCHES(500, Duration.ofSeconds(1)),
  /** Make keys, and delete one where there is no room for more. */
  KEY_MAKING(4, Duration.ofMillis(10));

  private final int members;
  private final Duration interval;

  Hostility(int members, Duration interval) {
    this.members = members;
    this.interval = interval;
  }

  int members() {
    return members;
  }

  Duration interval() {
    return interval;
  }

  /** Answers that there are when they do it to Tallypost. */
  Set<Integer> usual() {
    return switch (this) {
      case WRONG_KEYS -> Set.of(401, 429);
      case SLOW_UPLOADS -> Set.of(503);
      case FORM_BODIES -> Set.of(401, 415);
      case OVER_LIMIT -> Set.of(202, 429);
      case SEARCHES -> Set.of(200);
      case KEY_MAKING -> Set.of(201);
    };
  }

  /** Whoever is still sending when it is answered may find its connection closed instead. */
  boolean mayBeCutOff() {
    return this == SLOW_UPLOADS || this == FORM_BODIES;
  }

  /** In words. */
  String said() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
