package io.tallypost.delivery;

import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
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
  private static final Optional<Duration> NO_HINT = Optional.empty();
  private final RetrySchedule schedule = new RetrySchedule(LADDER, Duration.ofMinutes(10), DAY);

  @Test
  void climbsTheLadderAndStaysOnTheLastRung() {
    assertThat(List.of(1, 2, 3, 4, 5, 6, 99))
        .extracting(attempt -> schedule.next(attempt, NO_HINT, NOON, NOON, 0).orElseThrow().rung())
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
      var least = schedule.next(attempt, NO_HINT, NOON, NOON, 0).orElseThrow();
      var most = schedule.next(attempt, NO_HINT, NOON, NOON, Math.nextDown(1.0)).orElseThrow();
      assertThat(least.dueAt()).isEqualTo(NOON.plus(least.rung()));
      assertThat(most.dueAt())
          .isBeforeOrEqualTo(NOON.plus(least.rung().multipliedBy(11).dividedBy(10)))
          .isBeforeOrEqualTo(NOON.plus(least.rung()).plusSeconds(60));
    }
  }

  @Test
  void makesTheLastAttemptAtTheMaximumAge() {
    Instant end = NOON.plus(DAY);
    for (int left = 1; left < 20_000; left += 17) {
      Instant now = end.minusSeconds(left);
      var stay = schedule.next(7, NO_HINT, now, NOON, 0.5).orElseThrow();

      assertThat(stay.retryAt()).isEqualTo(left < 14_430 ? end : now.plusSeconds(14_430));
      assertThat(stay.dueAt())
          .as("never sooner than after the rung's delay")
          .isAfterOrEqualTo(now.plus(stay.rung()));
    }
  }

  @Test
  void givesUpAtTheMaximumAge() {
    assertThat(schedule.next(1, NO_HINT, NOON.plus(DAY), NOON, 0)).isEmpty();
    assertThat(schedule.next(1, NO_HINT, NOON.plus(DAY).minusMillis(1), NOON, 0)).isPresent();
  }

  @Test
  void givesMailThatWaitsForItsTurnTheLongestParkingBeyondTheMaximumAge() {
    Instant end = NOON.plus(DAY).plus(Duration.ofMinutes(10));

    assertThat(schedule.isLongOver(end.minusMillis(1), NOON)).isFalse();
    assertThat(schedule.isLongOver(end, NOON)).isTrue();
  }

  @Test
  void goesOnWhereTimeEnds() {
    var patient =
        new RetrySchedule(LADDER, Duration.ofMinutes(10), Duration.ofSeconds(Long.MAX_VALUE));

    assertThat(schedule.isOver(NOON, Instant.MAX)).isFalse();
    assertThat(schedule.isLongOver(NOON, Instant.MAX)).isFalse();
    assertThat(patient.next(1, NO_HINT, NOON, NOON, 0).orElseThrow().rung())
        .isEqualTo(LADDER.getFirst());
    assertThat(patient.park(Duration.ZERO, NOON, NOON, 0).rung()).isEqualTo(LADDER.getFirst());
  }

  @Test
  void givesARelayThePatienceThatItAsksFor() {
    assertThat(waitAfter(1, Duration.ofMinutes(5))).isEqualTo(Duration.ofMinutes(5));
    assertThat(waitAfter(1, Duration.ofSeconds(5))).isEqualTo(Duration.ofSeconds(30));
    assertThat(waitAfter(5, Duration.ofMinutes(5))).isEqualTo(Duration.ofHours(4));
    assertThat(waitAfter(1, Duration.ofDays(9))).isEqualTo(Duration.ofHours(4));
  }

  private Duration waitAfter(int attempt, Duration hint) {
    var stay = schedule.next(attempt, Optional.of(hint), NOON, NOON, 0).orElseThrow();
    return Duration.between(NOON, stay.retryAt());
  }

  @Test
  void looksAtParkedMailLessAndLessOftenUpToTheLongestParking() {
    assertThat(List.of(0, 29, 30, 120, 599, 600, 86_000))
        .extracting(
            seconds -> schedule.park(Duration.ofSeconds(seconds), NOON, NOON, 0).rung().toSeconds())
        .containsExactly(30L, 30L, 30L, 120L, 120L, 600L, 600L);
  }

  @Test
  void keepsAMailThatWaitsForItsTurnUntilThen() {
    var stay = schedule.until(NOON.plusSeconds(300), NOON, NOON, 0.5);

    assertThat(stay.rung()).isEqualTo(Duration.ofMinutes(2));
    assertThat(stay.retryAt()).isEqualTo(NOON.plusSeconds(300));
  }

  @Test
  void looksAgainAfterTheLongestParkingAtMailWhoseTurnIsFarAway() {
    for (double chance : List.of(0.0, 0.5, Math.nextDown(1.0))) {
      var stay = schedule.until(NOON.plus(Duration.ofHours(13)), NOON, NOON, chance);

      assertThat(stay.rung()).isEqualTo(Duration.ofMinutes(10));
      assertThat(stay.retryAt()).isEqualTo(stay.dueAt());
    }
  }

  @Test
  void letsMailWaitBeyondItsMaximumAgeWhereItMustBeTriedOnce() {
    var late = NOON.plus(DAY).plusSeconds(1);

    assertThat(schedule.park(Duration.ZERO, late, NOON, 0).dueAt()).isAfter(late);
    assertThat(schedule.until(late.plusSeconds(5), late, NOON, 0).dueAt()).isAfter(late);
  }
}
