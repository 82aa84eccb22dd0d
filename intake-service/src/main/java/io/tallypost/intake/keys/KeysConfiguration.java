package io.tallypost.intake.keys;

import io.tallypost.events.Topics;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.kit.view.CompactedView;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** Connects the rows of keys with their topic. */
@Configuration(proxyBeanMethods = false)
class KeysConfiguration {

  // After the tenants, without which a key is of no use.
  @Bean
  @Order(2)
  ConfigTopic<ApiKeyState> apiKeyTopic(
      ApiKeyStore store, ConfigTopic.Outlet outlet, CompactedView<ApiKeyState> view) {
    return outlet.topic(
        new ConfigTopic.Kind<>(
            Topics.API_KEYS,
            key -> key.id().value(),
            since -> store.changedSince(since).stream().map(ApiKeyRow::state).toList(),
            id ->
                store.lock(List.of(new ApiKeyId(id))).values().stream()
                    .map(ApiKeyRow::state)
                    .findFirst()),
        view);
  }
}
