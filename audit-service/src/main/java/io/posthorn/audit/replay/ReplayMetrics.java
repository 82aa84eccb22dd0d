package io.posthorn.audit.replay;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.posthorn.events.DeadLetter;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * {@code posthorn_replayed_total{category}}: dead letters that went back into a queue, by why they
 * had died. Beside the dead letters' own rate it tells whether replays help.
 */
@Component
class ReplayMetrics {
  private final Map<String, Counter> replayed;

  ReplayMetrics(MeterRegistry registry) {
    replayed =
        Arrays.stream(DeadLetter.Category.values())
            .map(DeadLetter.Category::wireName)
            .collect(
                Collectors.toMap(
                    category -> category,
                    category ->
                        Counter.builder("posthorn.replayed")
                            .description("dead letters that went back into a queue")
                            .tag("category", category)
                            .register(registry)));
  }

  void replayed(String category) {
    Counter counter = replayed.get(category);
    if (counter != null) {
      counter.increment();
    }
  }
}
