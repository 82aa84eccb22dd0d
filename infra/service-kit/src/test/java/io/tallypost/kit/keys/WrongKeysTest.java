package io.tallypost.kit.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Examples;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WrongKeysTest {
  private static final Instant NOON = Examples.NOON;

  private final WrongKeys wrongKeys = new WrongKeys(3);

  @Test
  void countsThemAndRefusesTheFirstThatIsTooMany() {
    for (int i = 1; i <= 3; i++) {
      var charge = wrongKeys.charge("a", NOON.plusSeconds(i));
      assertThat(charge.number()).isEqualTo(i);
      assertThat(charge.tooMany()).isFalse();
    }

    assertThat(wrongKeys.charge("a", NOON.plusSeconds(4)).tooMany()).isTrue();
    assertThat(wrongKeys.charge("a", NOON.plusMillis(60_999)).tooMany()).isTrue();
    assertThat(wrongKeys.charge("b", NOON.plusSeconds(4)).number()).isEqualTo(1);
  }

  @Test
  void beginsAnewAMinuteAfterTheFirst() {
    for (int i = 0; i < 5; i++) {
      wrongKeys.charge("a", NOON.plusSeconds(i));
    }

    assertThat(wrongKeys.charge("a", NOON.plusSeconds(60)).number()).isEqualTo(1);
  }

  /** Else each of many guesses at once may begin the count anew. */
  @Test
  void countsOnWhereWhoLookedAtTheClockFirstComesSecond() {
    for (int i = 1; i <= 3; i++) {
      assertThat(wrongKeys.charge("a", NOON.minusMillis(i)).number()).isEqualTo(i);
    }

    assertThat(wrongKeys.charge("a", NOON.minusMillis(4)).tooMany()).isTrue();
  }

  @Test
  void beginsAnewWhenTheClockIsSetBack() {
    for (int i = 0; i < 5; i++) {
      wrongKeys.charge("a", NOON);
    }

    assertThat(wrongKeys.charge("a", NOON.minusSeconds(3600)).number()).isEqualTo(1);
  }

  @Test
  void givesBackWhatAGoodKeyWasCharged() {
    for (int i = 0; i < 100; i++) {
      var charge = wrongKeys.charge("a", NOON);
      assertThat(charge.number()).isEqualTo(1);
      wrongKeys.refund(charge);
    }
  }

  @Test
  void givesBackOneOfAllHoweverManyWereRefusedMeanwhile() {
    var good = wrongKeys.charge("a", NOON);
    for (int i = 0; i < 10; i++) {
      wrongKeys.charge("a", NOON);
    }

    wrongKeys.refund(good);

    assertThat(wrongKeys.charge("a", NOON).tooMany()).isFalse();
    assertThat(wrongKeys.charge("a", NOON).tooMany()).isTrue();
  }

  @Test
  void tellsKeysThatWereWrongFromThoseThatAreStillLookedAt() {
    List<WrongKeys.Charge> open =
        IntStream.range(0, 3).mapToObj(_ -> wrongKeys.charge("a", NOON)).toList();
    var refused = wrongKeys.charge("a", NOON);
    assertThat(refused.tooMany()).isTrue();
    assertThat(refused.wrong()).isFalse();

    open.forEach(wrongKeys::confirm);

    assertThat(wrongKeys.charge("a", NOON).wrong()).isTrue();
    assertThat(wrongKeys.charge("a", NOON.plusSeconds(60)).wrong()).isFalse();
  }

  @Test
  void givesNothingBackInTheNextMinute() {
    var good = wrongKeys.charge("a", NOON);
    wrongKeys.charge("a", NOON.plusSeconds(60));

    wrongKeys.refund(good);

    assertThat(wrongKeys.charge("a", NOON.plusSeconds(60)).number()).isEqualTo(2);
  }

  @Test
  void numbersAsManyAsThereMayBe() {
    var unlimited = WrongKeys.unlimited();
    for (int i = 1; i <= 1000; i++) {
      var charge = unlimited.charge("a", NOON);
      assertThat(charge.number()).isEqualTo(i);
      assertThat(charge.tooMany()).isFalse();
    }

    unlimited.refund(unlimited.charge("a", NOON));

    assertThat(unlimited.charge("a", NOON).number()).isEqualTo(1001);
  }
}
