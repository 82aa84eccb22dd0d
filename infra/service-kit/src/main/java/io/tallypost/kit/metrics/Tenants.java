package io.tallypost.kit.metrics;

import io.tallypost.ids.TenantId;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.view.CompactedView;
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
      // The state for all tenants is not a tenant, and a deleted one sends no more.
      if (!id.equals(TenantId.EVERYBODY.value())
          && tenants.get(id).filter(tenant -> !tenant.wasDeleted()).isPresent()) {
        show.accept(id);
      }
    });
  }
}
