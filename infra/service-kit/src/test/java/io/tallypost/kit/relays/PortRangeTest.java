package io.tallypost.kit.relays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortRangeTest {

  @Test
  void isAPortOrPortsThatFollowEachOther() {
    assertThat(new PortRange("25").contains(25)).isTrue();
    assertThat(new PortRange("25").contains(26)).isFalse();
    assertThat(new PortRange(" 2500-2599 ").contains(2525)).isTrue();
    assertThat(new PortRange("2500-2599").contains(2600)).isFalse();
    assertThat(new PortRange("1-65535")).isEqualTo(new PortRange(1, 65_535)).hasToString("1-65535");
    assertThat(new PortRange("465")).hasToString("465");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "65536", "26-25", "25-", "-25", "25,26", "smtp", "1-99999"})
  void isNothingElse(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> new PortRange(text));
  }

  @Test
  void letsRelaysHaveThePortsOfTheSettings() {
    var settings =
        new RelayAccessSettings(List.of(), null, false, List.of("25", "465", "2500-2599"));

    assertThat(settings.allowsPort(25)).isTrue();
    assertThat(settings.allowsPort(2525)).isTrue();
    assertThat(settings.allowsPort(6379)).isFalse();
  }
}
