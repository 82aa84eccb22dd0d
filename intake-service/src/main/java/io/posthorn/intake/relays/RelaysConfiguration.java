package io.posthorn.intake.relays;

import io.posthorn.config.CompactedView;
import io.posthorn.events.Topics;
import io.posthorn.intake.IntakeSettings;
import io.posthorn.intake.admin.ConfigRow;
import io.posthorn.intake.admin.ConfigTopic;
import io.posthorn.intake.replies.InstanceId;
import io.posthorn.intake.replies.PendingReplies;
import io.posthorn.intake.replies.Questions;
import io.posthorn.intake.replies.ReplyListener;
import io.posthorn.relays.KeyRing;
import io.posthorn.relays.RelayAccessSettings;
import io.posthorn.relays.RelayState;
import io.posthorn.relays.RelayTested;
import java.time.InstantSource;
import java.util.UUID;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the relays' part together. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RelayAccessSettings.class)
class RelaysConfiguration {

  @Bean
  KeyRing keyRing(RelayAccessSettings settings) {
    return settings.keyRing();
  }

  @Bean
  RelayHosts relayHosts(RelayAccessSettings settings) {
    return new RelayHosts(settings.allowInternalHosts());
  }

  @Bean
  CompactedView<RelayState> relays(KafkaProperties kafka) {
    return new CompactedView<>(Topics.RELAYS, RelayState.class, kafka.buildConsumerProperties());
  }

  @Bean
  ConfigTopic<RelayState> relayTopic(
      RelayStore store, ConfigTopic.Outlet outlet, CompactedView<RelayState> view) {
    return outlet.topic(
        new ConfigTopic.Kind<>(
            Topics.RELAYS,
            relay -> relay.id().value(),
            since -> store.changedSince(since).stream().map(ConfigRow::state).toList()),
        view);
  }

  @Bean
  PendingReplies<UUID, RelayTested> pendingRelayTests() {
    return new PendingReplies<>(RelayTested::id);
  }

  @Bean
  ReplyListener<RelayTested> relayTestListener(
      KafkaProperties kafka, InstanceId self, PendingReplies<UUID, RelayTested> results) {
    return new ReplyListener<>(
        Topics.RELAY_TEST_RESULTS,
        RelayTested.class,
        kafka.buildConsumerProperties(),
        self,
        results::complete);
  }

  @Bean
  RelayTests relayTests(
      Questions questions,
      PendingReplies<UUID, RelayTested> results,
      ReplyListener<RelayTested> listener,
      IntakeSettings settings,
      InstantSource clock) {
    return new RelayTests(questions, results, listener, settings.relayTestWait(), clock);
  }
}
