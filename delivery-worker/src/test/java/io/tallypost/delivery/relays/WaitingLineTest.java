package io.tallypost.delivery.relays;

import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.mail.Lane;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WaitingLineTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final WaitingLine line = new WaitingLine(LONGEST);

  @Test
  void givesEachMailATurnOfItsOwn() {
    assertThat(IntStream.range(0, 4).mapToObj(_ -> join(NOON)))
        .containsExactly(NOON, NOON.plusSeconds(1), NOON.plusSeconds(2), NOON.plusSeconds(3));
  }

  @Test
  void drainsWithTimeAndIsNeverLessThanEmpty() {
    join(100, NOON);

    assertThat(join(NOON.plusSeconds(60))).isEqualTo(NOON.plusSeconds(100));
    assertThat(join(NOON.plusSeconds(7_200))).isEqualTo(NOON.plusSeconds(7_200));
  }

  @Test
  void drainsFasterAsSoonAsTheRelayIsFaster() {
    for (int i = 0; i < 60; i++) {
      line.join(Lane.TRANSACTIONAL, NOON, NOON, Duration.ofSeconds(10));
    }

    Instant turn = line.join(Lane.TRANSACTIONAL, NOON.plusSeconds(1), NOON, Duration.ofMillis(10));

    assertThat(turn).isBefore(NOON.plusSeconds(1).plusMillis(600));
  }

  /** A first mail that took long says little: else all who come later wait for its turn. */
  @Test
  void beginsEarlierAsSoonAsTheRelayIsFaster() {
    line.join(Lane.BULK, NOON, NOON.plusSeconds(192), Duration.ofSeconds(3));

    Instant now = NOON.plusSeconds(1);
    Instant turn = line.join(Lane.TRANSACTIONAL, now, now.plusMillis(640), Duration.ofMillis(10));

    assertThat(turn).isEqualTo(now.plusMillis(640));
  }

  @Test
  void putsBulkMailBehindTransactionalMail() {
    for (int i = 0; i < 500; i++) {
      line.join(Lane.BULK, NOON, NOON, SECOND);
    }

    assertThat(join(NOON)).isEqualTo(NOON);
    assertThat(join(NOON)).isEqualTo(NOON.plusSeconds(1));
    assertThat(line.join(Lane.BULK, NOON, NOON, SECOND)).isEqualTo(NOON.plusSeconds(502));
  }

  @Test
  void beginsWhenTheRelayCanTakeTheFirst() {
    Instant free = NOON.plusSeconds(40);

    assertThat(line.join(Lane.TRANSACTIONAL, NOON, free, SECOND)).isEqualTo(free);
    assertThat(line.join(Lane.TRANSACTIONAL, NOON.plusSeconds(30), free, SECOND))
        .isEqualTo(free.plusSeconds(1));
    assertThat(line.join(Lane.TRANSACTIONAL, free.plusSeconds(1), free, SECOND))
        .as("the first has had its turn")
        .isEqualTo(free.plusSeconds(2));
  }

  @Test
  void leavesNoPlaceBehindWhereAMailOnlyAsks() {
    for (int i = 0; i < 500; i++) {
      line.turn(Lane.TRANSACTIONAL, NOON, NOON, SECOND);
    }

    assertThat(join(NOON)).isEqualTo(NOON);
  }

  @Test
  void countsNobodyTwiceWhoIsLookedAtAgainBeforeTheTurn() {
    join(600, NOON);
    Instant farAway = join(NOON);

    join(10_000, NOON);

    assertThat(farAway).isEqualTo(NOON.plusSeconds(600));
    assertThat(line.turn(Lane.TRANSACTIONAL, NOON, NOON, SECOND)).isEqualTo(NOON.plusSeconds(601));
    assertThat(join(NOON.plus(LONGEST).plusSeconds(2))).isEqualTo(NOON.plusSeconds(602));
  }

  /** Whatever comes: who is in the line is back at the turn, and the line is never longer. */
  @Test
  void isNeverLongerThanTheLongestWait() {
    var random = new Random(3);
    Instant now = NOON;
    for (int i = 0; i < 20_000; i++) {
      now = now.plusMillis(random.nextInt(400));
      Lane lane = random.nextBoolean() ? Lane.BULK : Lane.TRANSACTIONAL;
      Duration each = Duration.ofMillis(1 + random.nextInt(3_000));

      assertThat(line.join(lane, now, now, each)).isAfterOrEqualTo(now);
      assertThat(line.turn(Lane.TRANSACTIONAL, now, now, Duration.ofMillis(1)))
          .isBeforeOrEqualTo(now.plus(LONGEST));
    }
  }

  private Instant join(Instant now) {
    return line.join(Lane.TRANSACTIONAL, now, now, SECOND);
  }

  private void join(int mails, Instant now) {
    for (int i = 0; i < mails; i++) {
      join(now);
    }
  }
}
