package io.tallypost.delivery.rate;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.relays.SendingRate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PaceTest {
  /** Both lanes tell of a worker that joins. */
  @Test
  void hasNoMoreToGiveWhereItsShareChanges() {
    var pace = new Pace(new SendingRate(null, 600), 1);
    assertThat(taken(pace)).isEqualTo(600);

    pace.share(0.75);
    pace.share(0.5);

    assertThat(taken(pace)).isZero();
    pace.share(1);
    assertThat(taken(pace)).isZero();
  }

  @Test
  void hasMoreToGiveWhereAnotherWorkerHasLeft() {
    var pace = new Pace(new SendingRate(null, 600), 0.5);
    assertThat(taken(pace)).isEqualTo(300);

    pace.share(1);

    assertThat(taken(pace)).isEqualTo(300);
  }

  private static long taken(Pace pace) {
    return IntStream.range(0, 1_000).filter(_ -> pace.tryTake()).count();
  }
}
