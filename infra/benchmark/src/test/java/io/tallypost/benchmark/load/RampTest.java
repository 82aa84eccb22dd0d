package io.tallypost.benchmark.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RampTest {

  @Test
  void isFlatWhenThreeSlicesAreAlike() {
    assertThat(Ramp.flat(List.of(100.0, 101.0))).isFalse();
    assertThat(Ramp.flat(List.of(100.0, 101.0, 99.0))).isTrue();
    assertThat(Ramp.flat(List.of(20.0, 60.0, 100.0, 103.0, 97.0))).isTrue();
  }

  @Test
  void isNotFlatWhileItRises() {
    assertThat(Ramp.flat(List.of(100.0, 108.0, 117.0))).isFalse();
    assertThat(Ramp.flat(List.of(100.0, 150.0, 151.0))).isFalse();
  }

  @Test
  void isNotFlatWhenItFallsOrNothingComes() {
    assertThat(Ramp.flat(List.of(100.0, 60.0, 100.0))).isFalse();
    assertThat(Ramp.flat(List.of(0.0, 0.0, 0.0))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"800, 16, 32, 128, 64", "3200, 16, 32, 128, 128", "100, 16, 32, 128, 32"})
  void takesAsManyClientsAsFillTheSystem(
      double capacity, double perClient, int first, int most, int expected) {
    var ramp = new Ramp(first, most);

    int slices = play(ramp, clients -> Math.min(capacity, perClient * clients));

    assertThat(ramp.isFlat()).isTrue();
    assertThat(ramp.clients()).isEqualTo(expected);
    assertThat(slices).isLessThan(12);
  }

  @Test
  void waitsForTheCompilerBeforeItJudges() {
    var ramp = new Ramp(8, 8);
    double rate = 50;
    for (int slice = 0; slice < 6; slice++) {
      rate *= 1.2;
      ramp.saw(rate);
      assertThat(ramp.isFlat()).isFalse();
    }
    ramp.saw(rate);
    ramp.saw(rate);
    assertThat(ramp.isFlat()).isTrue();
  }

  @Test
  void saysSoWhenTheRateNeverGetsFlat() {
    var ramp = new Ramp(32, 512);
    for (int slice = 0; slice < 20; slice++) {
      ramp.saw(slice % 2 == 0 ? 100 : 200);
    }
    assertThat(ramp.isFlat()).isFalse();
    assertThat(ramp.clients()).isEqualTo(32);
  }

  @Test
  void refusesNumbersThatAreNone() {
    assertThatThrownBy(() -> new Ramp(64, 32)).isInstanceOf(IllegalArgumentException.class);
  }

  private static int play(Ramp ramp, IntToDoubleFunction system) {
    int slices = 0;
    while (!ramp.isFlat() && slices < 100) {
      ramp.saw(system.applyAsDouble(ramp.clients()));
      slices++;
    }
    return slices;
  }
}
