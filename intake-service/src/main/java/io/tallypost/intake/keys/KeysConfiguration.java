package io.tallypost.intake.keys;

import io.tallypost.config.CompactedView;
import io.tallypost.events.Topics;
import io.tallypost.intake.admin.ConfigRow;
import io.tallypost.intake.admin.ConfigTopic;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.TenantState;
import java.util.stream.Stream;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Connects the rows of keys and tenants with their topics. */
@Configuration(proxyBeanMethods = false)
class KeysConfiguration {

  // Tenants first: a key is of no use without its tenant.
  @Bean
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
                        // First, so that a tenant deleted in between is among the former ones.
                        store.all().stream().map(ConfigRow::state), former.all().stream())
                    .toList()),
        view);
  }

  @Bean
  ConfigTopic<ApiKeyState> apiKeyTopic(
      ApiKeyStore store, ConfigTopic.Outlet outlet, CompactedView<ApiKeyState> view) {
    return outlet.topic(
        new ConfigTopic.Kind<>(
            Topics.API_KEYS,
            key -> key.id().value(),
            since -> store.changedSince(since).stream().map(ApiKeyRow::state).toList()),
        view);
  }
}
