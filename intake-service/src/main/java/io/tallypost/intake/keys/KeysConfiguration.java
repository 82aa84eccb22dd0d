package io.tallypost.intake.keys;

import io.tallypost.events.Topics;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.intake.IntakeSettings;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.Ceilings;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.kit.keys.BcryptPool;
import io.tallypost.kit.view.CompactedView;
import java.time.InstantSource;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** Wires the keys, and connects their rows with their topic. */
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

  @Bean
  CallerRows callerRows(ApiKeyStore store, ConfigTopic<ApiKeyState> topic, InstantSource clock) {
    return new CallerRows(store, topic, clock);
  }

  @Bean
  ApiKeyRegister apiKeyRegister(
      ApiKeyStore store,
      CallerRows callers,
      ConfigTopic<ApiKeyState> topic,
      Ceilings ceilings,
      AdminLog adminLog,
      TransactionTemplate transaction,
      BcryptPool bcrypt,
      InstantSource clock) {
    return new ApiKeyRegister(
        store, callers, topic, ceilings, adminLog, transaction, bcrypt, clock);
  }

  @Bean
  FirstOperatorKey firstOperatorKey(
      ApiKeyStore store,
      ApiKeyRegister keys,
      JdbcClient jdbc,
      TransactionTemplate transaction,
      IntakeSettings intake,
      OperatorKeySettings settings) {
    return new FirstOperatorKey(store, keys, jdbc, transaction, intake, settings);
  }
}
