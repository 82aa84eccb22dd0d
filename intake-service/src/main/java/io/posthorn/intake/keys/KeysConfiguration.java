package io.posthorn.intake.keys;

import io.posthorn.config.CompactedView;
import io.posthorn.events.Topics;
import io.posthorn.intake.admin.ConfigRow;
import io.posthorn.intake.admin.ConfigTopic;
import io.posthorn.keys.ApiKeyState;
import io.posthorn.keys.TenantState;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Connects the rows of keys and tenants with their topics. */
@Configuration(proxyBeanMethods = false)
class KeysConfiguration {

  // Tenants first: a key is of no use without its tenant.
  @Bean
  ConfigTopic<TenantState> tenantTopic(
      TenantStore store, ConfigTopic.Outlet outlet, CompactedView<TenantState> view) {
    return outlet.topic(
        new ConfigTopic.Kind<>(
            Topics.TENANTS,
            tenant -> tenant.id().value(),
            _ -> store.all().stream().map(ConfigRow::state).toList()),
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
