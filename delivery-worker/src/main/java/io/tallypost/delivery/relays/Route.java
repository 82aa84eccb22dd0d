package io.tallypost.delivery.relays;

import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.RelayAnswer;
import java.util.List;

/** Where a mail may go now. */
public sealed interface Route {

  /** To the first of these that can take it. */
  record Via(List<Relay> relays) implements Route {
    public Via {
      relays = List.copyOf(relays);
    }
  }

  /** Never: its tenant was deleted, and a later one with its id is another. */
  record Ended() implements Route {}

  /** Nowhere now. */
  record Blocked(RelayAnswer.Reason reason) implements Route {}
}
