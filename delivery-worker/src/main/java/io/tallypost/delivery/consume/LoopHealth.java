package io.tallypost.delivery.consume;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What liveness and readiness say about the loops; application.yaml adds it to the health groups.
 */
@Configuration
class LoopHealth {

  @Bean
  CompositeHealthContributor loopsAlive(Map<String, LoopThread> loops) {
    return each(loops, LoopThread::liveness);
  }

  @Bean
  CompositeHealthContributor loopsJoined(Map<String, LoopThread> loops) {
    return each(loops, LoopThread::readiness);
  }

  private static CompositeHealthContributor each(
      Map<String, LoopThread> loops, Function<LoopThread, HealthIndicator> health) {
    Map<String, HealthIndicator> indicators = new TreeMap<>();
    loops.forEach((name, loop) -> indicators.put(name, health.apply(loop)));
    return CompositeHealthContributor.fromMap(indicators);
  }
}
