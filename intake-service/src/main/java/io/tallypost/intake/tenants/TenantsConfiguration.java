package io.tallypost.intake.tenants;

import io.tallypost.events.Topics;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.Ceilings;
import io.tallypost.intake.admin.ConfigRow;
import io.tallypost.intake.keys.CallerRows;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.keys.TenantSettings;
import io.tallypost.kit.view.CompactedView;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.transaction.support.TransactionTemplate;

/** Wires the tenants, and connects their rows with their topic. */
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

  @Bean
  ReservedIds reservedIds(TenantSettings settings) {
    return new ReservedIds(settings);
  }

  @Bean
  TenantRegister tenantRegister(
      TenantStore store,
      CallerRows callers,
      FormerTenants former,
      ReservedIds reserved,
      Ceilings ceilings,
      ConfigTopic<TenantState> topic,
      AdminLog adminLog,
      TransactionTemplate transaction,
      InstantSource clock) {
    return new TenantRegister(
        store, callers, former, reserved, ceilings, topic, adminLog, transaction, clock);
  }
}
