package io.posthorn.delivery;

import static io.posthorn.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetryScheduleTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final List<Duration> LADDER =
      List.of(
          Duration.ofSeconds(30),
          Duration.ofMinutes(2),
          Duration.ofMinutes(10),
          Duration.ofHours(1),
          Duration.ofHours(4));
  private final RetrySchedule schedule = new RetrySchedule(LADDER, DAY);

  @Test
  void climbsTheLadderAndStaysOnTheLastRung() {
    assertThat(List.of(1, 2, 3, 4, 5, 6, 99))
        .extracting(attempt -> schedule.next(attempt, NOON, NOON, 0).orElseThrow().rung())
        .containsExactly(
            LADDER.get(0),
            LADDER.get(1),
            LADDER.get(2),
            LADDER.get(3),
            LADDER.get(4),
            LADDER.get(4),
            LADDER.get(4));
  }

  @Test
  void isNeverDueBeforeTheDelayNorMuchAfterIt() {
    for (int attempt = 1; attempt <= 6; attempt++) {
      var least = schedule.next(attempt, NOON, NOON, 0).orElseThrow();
      var most = schedule.next(attempt, NOON, NOON, Math.nextDown(1.0)).orElseThrow();
      assertThat(least.dueAt()).isEqualTo(NOON.plus(least.rung()));
      assertThat(most.dueAt())
          .isBeforeOrEqualTo(NOON.plus(least.rung().multipliedBy(11).dividedBy(10)))
          .isBeforeOrEqualTo(NOON.plus(least.rung()).plusSeconds(60));
    }
  }

  @Test
  void makesTheLastAttemptAtTheMaximumAge() {
    var slot = schedule.next(7, NOON.plus(DAY).minusSeconds(60), NOON, 0.5).orElseThrow();

    assertThat(slot.dueAt()).isEqualTo(NOON.plus(DAY));
  }

  @Test
  void givesUpAtTheMaximumAge() {
    assertThat(schedule.next(1, NOON.plus(DAY), NOON, 0)).isEmpty();
    assertThat(schedule.next(1, NOON.plus(DAY).minusMillis(1), NOON, 0)).isPresent();
  }
}
