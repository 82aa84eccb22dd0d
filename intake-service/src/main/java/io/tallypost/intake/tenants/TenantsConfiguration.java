package io.tallypost.intake.tenants;

import io.tallypost.events.Topics;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.ConfigRow;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.view.CompactedView;
import java.util.stream.Stream;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** Connects the rows of tenants with their topic. */
@Configuration(proxyBeanMethods = false)
class TenantsConfiguration {

  // First: a key is of no use without its tenant.
  @Bean
  @Order(1)
  ConfigTopic<TenantState> tenantTopic(
      TenantStore store,
      FormerTenants former,
      ConfigTopic.Outlet outlet,
      CompactedView<TenantState> view) {
    return outlet.topic(
        new ConfigTopic.Kind<>(
            Topics.TENANTS,
            tenant -> tenant.id().value(),
            _ ->
                Stream.concat(
                        // First: one that is deleted meanwhile is then among the others.
                        store.all().stream().map(ConfigRow::state), former.all().stream())
                    .toList(),
            id ->
                store
                    .lock(new TenantId(id))
                    .map(ConfigRow::state)
                    .or(() -> former.told(new TenantId(id)))),
        view);
  }
}
