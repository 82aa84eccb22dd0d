package io.tallypost.intake.relays;

import io.tallypost.events.Topics;
import io.tallypost.intake.IntakeSettings;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.Ceilings;
import io.tallypost.intake.keys.CallerRows;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.intake.replies.InstanceId;
import io.tallypost.intake.replies.PendingReplies;
import io.tallypost.intake.replies.ReplyListener;
import io.tallypost.intake.replies.RequestPublisher;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.relays.KeyRing;
import io.tallypost.kit.relays.RelayAccessSettings;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.RelayTested;
import java.time.InstantSource;
import java.util.UUID;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.jdbc.core.JdbcAggregateOperations;
import org.springframework.transaction.support.TransactionTemplate;

/** Wires the relays. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RelayAccessSettings.class)
class RelaysConfiguration {

  @Bean
  KeyRing keyRing(RelayAccessSettings settings) {
    return settings.keyRing();
  }

  @Bean
  RelayHosts relayHosts(RelayAccessSettings settings) {
    return new RelayHosts(settings);
  }

  @Bean
  CompactedView<RelayState> relays(KafkaProperties kafka) {
    return new CompactedView<>(Topics.RELAYS, RelayState.class, kafka.buildConsumerProperties());
  }

  @Bean
  ConfigTopic<RelayState> relayTopic(
      RelayRows rows, ConfigTopic.Outlet outlet, CompactedView<RelayState> view) {
    return outlet.topic(
        new ConfigTopic.Kind<>(
            Topics.RELAYS,
            relay -> relay.id().value(),
            since ->
                rows.findByUpdatedAtGreaterThanEqual(since).stream().map(RelayRow::state).toList(),
            id -> rows.findLockedById(id).map(RelayRow::state)),
        view);
  }

  @Bean
  RelayRegister relayRegister(
      RelayRows rows,
      CallerRows callers,
      JdbcAggregateOperations writes,
      ConfigTopic<RelayState> topic,
      ConfigTopic<TenantState> tenants,
      Ceilings ceilings,
      AdminLog adminLog,
      TransactionTemplate transaction,
      KeyRing keys,
      InstantSource clock) {
    return new RelayRegister(
        rows, callers, writes, topic, tenants, ceilings, adminLog, transaction, keys, clock);
  }

  @Bean
  PendingReplies<UUID, RelayTested> pendingRelayTests() {
    return new PendingReplies<>(RelayTested::id);
  }

  @Bean
  ReplyListener<RelayTested> relayTestListener(
      KafkaProperties kafka, InstanceId self, PendingReplies<UUID, RelayTested> replies) {
    return new ReplyListener<>(
        Topics.RELAY_TEST_RESULTS,
        RelayTested.class,
        kafka.buildConsumerProperties(),
        self,
        replies::complete);
  }

  @Bean
  RelayTests relayTests(
      RequestPublisher publisher,
      PendingReplies<UUID, RelayTested> replies,
      ReplyListener<RelayTested> listener,
      IntakeSettings settings,
      InstantSource clock) {
    return new RelayTests(publisher, replies, listener, settings.relayTestWait(), clock);
  }
}
