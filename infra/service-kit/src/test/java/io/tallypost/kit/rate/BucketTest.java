package io.tallypost.kit.rate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BucketTest {
  /** Close to where {@link System#nanoTime} would overflow, which it may. */
  private long now = Long.MAX_VALUE - 5;

  private final Bucket bucket = new Bucket(3, Duration.ofNanos(10), () -> now);

  private long taken() {
    return IntStream.range(0, 10).filter(_ -> bucket.tryTake()).count();
  }

  @Test
  void givesSoManyInEachPeriod() {
    assertThat(taken()).isEqualTo(3);
    now += 9;
    assertThat(taken()).isZero();
    now += 1;
    assertThat(taken()).isEqualTo(3);
  }

  @Test
  void savesNothingForLater() {
    now += 1_000;

    assertThat(taken()).isEqualTo(3);
  }

  @Test
  void keepsItsPeriods() {
    now += 25;
    assertThat(taken()).isEqualTo(3);

    now += 5;

    assertThat(taken()).isEqualTo(3);
  }

  @Test
  void countsWhatWasTakenBeforeItsSizeChanged() {
    bucket.tryTake();
    bucket.tryTake();
    now += 4;

    Bucket larger = bucket.resized(5, Duration.ofNanos(10));
    Bucket slower = bucket.resized(1, Duration.ofNanos(20));

    assertThat(IntStream.range(0, 10).filter(_ -> larger.tryTake()).count()).isEqualTo(3);
    assertThat(larger.untilFree()).isEqualTo(Duration.ofNanos(6));
    assertThat(slower.untilFree()).isEqualTo(Duration.ofNanos(16));
  }

  @Test
  void tellsWhenThereIsRoomWithoutTakingIt() {
    assertThat(bucket.untilFree()).isZero();
    assertThat(taken()).isEqualTo(3);
    now += 4;

    assertThat(bucket.untilFree()).isEqualTo(Duration.ofNanos(6));

    now += 6;
    assertThat(bucket.untilFree()).isZero();
    assertThat(taken()).isEqualTo(3);
  }
}
