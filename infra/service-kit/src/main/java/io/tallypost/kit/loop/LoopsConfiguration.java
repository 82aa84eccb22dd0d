package io.tallypost.kit.loop;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** What liveness, readiness and shutdowns say about a service's loops. */
@AutoConfiguration
public class LoopsConfiguration {

  /** Part of liveness: down when a loop has died, which a restart mends. */
  @Bean
  CompositeHealthContributor loopsAlive(ObjectProvider<Looping> loops) {
    return each(loops.stream().toList(), Loop::isAlive, Health.down().build());
  }

  /** Part of readiness: up once each loop with a group was a member; Kafka may be away later. */
  @Bean
  CompositeHealthContributor loopsJoined(ObjectProvider<Looping> loops) {
    return each(
        loops.stream().filter(Looping::joins).toList(),
        loop -> loop.hasJoined() && !loop.isStopping(),
        Health.outOfService().build());
  }

  private static CompositeHealthContributor each(
      Collection<Looping> loops, Predicate<Loop> isWell, Health otherwise) {
    Map<String, HealthIndicator> indicators = new TreeMap<>();
    for (Looping bean : loops) {
      Loop loop = bean.loop();
      indicators.put(loop.name(), () -> isWell.test(loop) ? Health.up().build() : otherwise);
    }
    return CompositeHealthContributor.fromMap(indicators);
  }

  /** Spring gives up what takes longer, and closes clients that it still uses. */
  @Bean
  SmartInitializingSingleton stopsInTime(
      ObjectProvider<Looping> loops,
      @Value("${spring.lifecycle.timeout-per-shutdown-phase:30s}") Duration phase) {
    return () ->
        loops.stream()
            .map(Looping::loop)
            .filter(loop -> loop.drain().compareTo(phase) >= 0)
            .findFirst()
            .ifPresent(loop -> {
              throw new IllegalStateException(
                  "spring.lifecycle.timeout-per-shutdown-phase is %d s and must be longer than the %d s that %s may need to stop"
                      .formatted(phase.toSeconds(), loop.drain().toSeconds(), loop.name()));
            });
  }

  /** Only what has a group leaves work to others; all else is done again. */
  @Bean
  SmartInitializingSingleton unfinishedLoops(ObjectProvider<Looping> loops, Shutdowns shutdowns) {
    return () ->
        loops.stream()
            .filter(Looping::joins)
            .forEach(bean -> bean.loop().onUnfinished(shutdowns::cutShort));
  }
}
