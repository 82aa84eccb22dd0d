package io.tallypost.delivery.relays;

import io.tallypost.events.Topics;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.view.Views;
import io.tallypost.relays.RelayState;

/** Makes directories for tests of other packages. */
public final class Directories {
  private Directories() {}

  /** One that knows all that is set: nothing. It has no relay either. */
  @SuppressWarnings("NullAway")
  public static RelayDirectory ofNothing() {
    return new RelayDirectory(
        Views.ofNothing(Topics.RELAYS, RelayState.class),
        Views.ofNothing(Topics.TENANTS, TenantState.class),
        null,
        null,
        null);
  }
}
