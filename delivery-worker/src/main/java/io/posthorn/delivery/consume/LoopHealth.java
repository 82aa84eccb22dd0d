package io.posthorn.delivery.consume;

import java.util.Map;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What liveness and readiness say about the loops; application.yaml puts them into the groups. */
@Configuration
class LoopHealth {

  @Bean
  CompositeHealthContributor loopsAlive(ApprovedConsumer consumer, RetryPump pump) {
    return CompositeHealthContributor.fromMap(
        Map.of("consumer", consumer.liveness(), "retryPump", pump.liveness()));
  }

  @Bean
  CompositeHealthContributor loopsJoined(ApprovedConsumer consumer, RetryPump pump) {
    return CompositeHealthContributor.fromMap(
        Map.of("consumer", consumer.readiness(), "retryPump", pump.readiness()));
  }
}
