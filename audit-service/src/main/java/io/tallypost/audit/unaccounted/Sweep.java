package io.tallypost.audit.unaccounted;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.audit.deadletter.LetterFilter;
import io.tallypost.audit.deadletter.Letters;
import io.tallypost.events.DeadLetter;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Counts twice a minute what waits for an operator. All replicas count the same rows, so take their
 * maximum, not the sum. While PostgreSQL does not answer, the last counts stay.
 *
 * <ul>
 *   <li>{@code tallypost_unaccounted_messages}: accepted messages that nothing has been heard of
 *       for {@code tallypost.audit.unaccounted-after}. Anything above 0 for longer than an outage
 *       lasts is a reason to look; while this service itself has a backlog, delivered mail counts
 *       too.
 *   <li>{@code tallypost_dead_letters_waiting{category}}: dead letters that were neither replayed
 *       nor discarded.
 * </ul>
 */
@Component
class Sweep implements Looping {
  private static final Logger log = LoggerFactory.getLogger(Sweep.class);
  private static final Duration EVERY = Duration.ofSeconds(30);

  private final UnaccountedMessages messages;
  private final Letters letters;
  private final AtomicLong unaccounted = new AtomicLong();
  private final Map<String, AtomicLong> waiting;
  private final Loop loop;

  Sweep(UnaccountedMessages messages, Letters letters, MeterRegistry registry) {
    this.messages = messages;
    this.letters = letters;
    Gauge.builder("tallypost.unaccounted.messages", unaccounted, AtomicLong::get)
        .description("accepted messages that nothing has been heard of for too long")
        .register(registry);
    this.waiting =
        Arrays.stream(DeadLetter.Category.values())
            .collect(Collectors.toMap(DeadLetter.Category::wireName, c -> new AtomicLong()));
    this.loop = Loop.every(EVERY, "sweep", Away.DATABASE, this::look);
    waiting.forEach((category, count) ->
        Gauge.builder("tallypost.dead.letters.waiting", count, AtomicLong::get)
            .description("dead letters that were neither replayed nor discarded")
            .tag("category", category)
            .register(registry));
  }

  @Override
  public Loop loop() {
    return loop;
  }

  void look() {
    long missed = messages.count(null);
    if (missed > 0 && missed != unaccounted.get()) {
      log.atWarn().addKeyValue("messages", missed).log("messages are unaccounted for");
    }
    unaccounted.set(missed);
    var byCategory = letters.waiting(LetterFilter.all()).byCategory();
    waiting.forEach((category, count) -> count.set(byCategory.getOrDefault(category, 0L)));
  }
}
