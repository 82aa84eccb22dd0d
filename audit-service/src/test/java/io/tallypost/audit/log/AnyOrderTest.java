package io.tallypost.audit.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.timeline.MessageState;
import io.tallypost.audit.timeline.TimelineEntry;
import io.tallypost.events.Event;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What follows from a message's events does not depend on their order, nor on repeats. */
class AnyOrderTest {

  @Test
  void givesTheSameStateForEveryOrderWithRepeats() {
    for (int seed = 0; seed < 500; seed++) {
      var chance = new Random(seed);
      List<TimelineEntry> life = entries(Lives.eventful(chance));
      var expected = states(life);
      for (int order = 0; order < 10; order++) {
        List<TimelineEntry> shuffled = new ArrayList<>(life);
        for (int repeat = chance.nextInt(5); repeat > 0; repeat--) {
          shuffled.add(life.get(chance.nextInt(life.size())));
        }
        Collections.shuffle(shuffled, chance);

        assertThat(states(shuffled)).as("seed %d, order %d", seed, order).isEqualTo(expected);
      }
    }
  }

  private static List<TimelineEntry> entries(List<Event> events) {
    List<TimelineEntry> entries = new ArrayList<>(Wire.entries(events.toArray(Event[]::new)));
    Lives.operations(events).forEach(action -> entries.add(Wire.entry(action, entries.size())));
    return entries;
  }

  private static Collection<MessageState> states(List<TimelineEntry> entries) {
    return AuditLog.eachOnceByDay(entries).values().stream()
        .flatMap(day ->
            day.stream().collect(Collectors.groupingBy(TimelineEntry::key)).values().stream())
        .map(MessageState::of)
        .toList();
  }
}
