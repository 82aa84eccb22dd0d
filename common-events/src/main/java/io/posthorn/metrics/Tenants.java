package io.posthorn.metrics;

import io.posthorn.config.CompactedView;
import io.posthorn.events.TenantId;
import io.posthorn.keys.TenantState;
import java.util.function.Consumer;

/** Shows tenants at zero, before they send. */
public final class Tenants {
  private Tenants() {}

  /**
   * Shows the default tenant now and each other one when it becomes known.
   *
   * @param show told the tenant's id; must be quick
   */
  public static void showEach(CompactedView<TenantState> tenants, Consumer<String> show) {
    show.accept(TenantId.DEFAULT.value());
    tenants.onChange(id -> {
      // The switches for everybody are no tenant.
      if (!id.equals(TenantId.EVERYBODY.value())) {
        show.accept(id);
      }
    });
  }
}
