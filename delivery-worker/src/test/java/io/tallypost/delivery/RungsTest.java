package io.tallypost.delivery;

import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.Rungs.Stay;
import io.tallypost.events.RecordHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RungsTest {
  private static final Duration HALF_A_MINUTE = Duration.ofSeconds(30);
  private static final Rungs STANDARD =
      new Rungs(
          List.of(
              HALF_A_MINUTE,
              Duration.ofMinutes(2),
              Duration.ofMinutes(10),
              Duration.ofHours(1),
              Duration.ofHours(4)));

  /** How late the retry pump may be. */
  private static final int LATE_MS = 100;

  static Stream<Rungs> ladders() {
    return Stream.of(
        STANDARD,
        new Rungs(List.of(Duration.ofMinutes(10), Duration.ofSeconds(7), Duration.ofMinutes(1))),
        new Rungs(List.of(Duration.ofMillis(600), Duration.ofMillis(300))),
        new Rungs(List.of(Duration.ofHours(4))));
  }

  @ParameterizedTest
  @MethodSource("ladders")
  void isDueExactlyAfterTheRungAndItsJitter(Rungs rungs) {
    for (Duration wait : waits(rungs)) {
      Instant begun = NOON;
      for (Stay stay : stays(rungs, wait, _ -> 0)) {
        assertThat(rungs.delays()).contains(stay.rung());
        assertThat(Duration.between(begun, stay.dueAt()))
            .isBetween(stay.rung(), stay.rung().plus(Rungs.room(stay.rung())));
        begun = stay.dueAt();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ladders")
  void bringsAMailBackNeverEarlierThanWantedAndLaterByLessThanTheShortestRung(Rungs rungs) {
    var late = new Random(1);
    for (Duration wait : waits(rungs)) {
      assertThat(waited(stays(rungs, wait, _ -> 0))).isBetween(wait, wait.plus(rungs.shortest()));
      List<Integer> delays = new ArrayList<>();
      List<Stay> behind =
          stays(
              rungs,
              wait,
              _ -> {
                delays.add(late.nextInt(LATE_MS));
                return delays.getLast();
              });
      assertThat(waited(behind).plusMillis(delays.getLast()))
          .isBetween(wait, wait.plus(rungs.shortest()).plusMillis((long) behind.size() * LATE_MS));
    }
  }

  @Test
  void takesTheLongestRungThatIsNotAboveTheWait() {
    assertThat(rungs(STANDARD, Duration.ofMinutes(65)))
        .containsExactly(
            Duration.ofHours(1),
            Duration.ofMinutes(2),
            Duration.ofMinutes(2),
            HALF_A_MINUTE,
            HALF_A_MINUTE);
    assertThat(rungs(STANDARD, Duration.ofHours(13)).subList(0, 4))
        .containsExactly(
            Duration.ofHours(4), Duration.ofHours(4), Duration.ofHours(4), Duration.ofHours(1));
  }

  @Test
  void staysOnTheShortestRungOnceMoreRatherThanComeEarly() {
    assertThat(rungs(STANDARD, Duration.ofSeconds(1))).containsExactly(HALF_A_MINUTE);
    assertThat(rungs(STANDARD, Duration.ofSeconds(40)))
        .containsExactly(HALF_A_MINUTE, HALF_A_MINUTE);
  }

  @Test
  void needsNoSecondStayForWhatTheJitterHasRoomFor() {
    for (Duration rung : STANDARD.delays()) {
      Instant wanted = NOON.plus(rung).plus(Rungs.room(rung));

      assertThat(STANDARD.stay(wanted, NOON)).isEqualTo(new Stay(rung, wanted, wanted));
    }
  }

  @Test
  void needsNoMoreHopsWhenThePumpIsABitLate() {
    assertThat(stays(STANDARD, Duration.ofHours(8), _ -> LATE_MS)).hasSize(2);
  }

  @Test
  void isExactWhereTheStaysHaveRoomEnough() {
    for (int seconds = 270; seconds < 20_000; seconds += 7) {
      Duration wait = Duration.ofSeconds(seconds);

      assertThat(waited(stays(STANDARD, wait, _ -> 0))).isBetween(wait, wait.plusSeconds(3));
    }
  }

  @Test
  void namesTheTimeThatTheMailIsWantedOnlyWhereItIsLater() {
    var headers = RecordHeaders.empty();

    STANDARD.stay(NOON.plusSeconds(3_900), NOON).mark(headers);
    assertThat(headers.instant(RecordHeaders.DUE_AT)).contains(NOON.plusSeconds(3_600));
    assertThat(headers.instant(RecordHeaders.RETRY_AT)).contains(NOON.plusSeconds(3_900));

    STANDARD.stay(NOON.plusSeconds(5), NOON).mark(headers);
    assertThat(headers.instant(RecordHeaders.DUE_AT)).contains(NOON.plusSeconds(30));
    assertThat(headers.instant(RecordHeaders.RETRY_AT)).isEmpty();
  }

  private static List<Duration> waits(Rungs rungs) {
    var random = new Random(7);
    long most = rungs.longest().multipliedBy(3).toMillis();
    List<Duration> waits = new ArrayList<>(rungs.delays());
    for (Duration rung : rungs.delays()) {
      waits.addAll(List.of(rung.minusMillis(1), rung.plusMillis(1), rung.plus(Rungs.room(rung))));
      waits.add(rung.plus(Rungs.room(rung)).plusMillis(1));
    }
    waits.addAll(List.of(Duration.ZERO, Duration.ofMillis(1)));
    for (int i = 0; i < 500; i++) {
      waits.add(Duration.ofMillis(random.nextLong(most)));
    }
    return waits;
  }

  private interface Lateness {
    int millis(int stay);
  }

  /** All stays of a wait, as the pump moves the mail from one to the next. */
  private static List<Stay> stays(Rungs rungs, Duration wait, Lateness late) {
    Instant wanted = NOON.plus(wait);
    List<Stay> stays = new ArrayList<>();
    Instant now = NOON;
    do {
      Stay stay = rungs.stay(wanted, now);
      stays.add(stay);
      now = stay.dueAt().plusMillis(late.millis(stays.size()));
      assertThat(stays).as("stays of %s", wait).hasSizeLessThan(60);
    } while (now.isBefore(wanted));
    return stays;
  }

  private static Duration waited(List<Stay> stays) {
    return Duration.between(NOON, stays.getLast().dueAt());
  }

  private static List<Duration> rungs(Rungs rungs, Duration wait) {
    return stays(rungs, wait, _ -> 0).stream().map(Stay::rung).toList();
  }
}
