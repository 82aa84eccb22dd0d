package io.tallypost.intake.relays;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RelayHostsTest {

  @Test
  void keepsRelaysOffThisMachineUnlessToldOtherwise() {
    assertThat(new RelayHosts(false).allows("127.0.0.1")).isFalse();
    assertThat(new RelayHosts(true).allows("127.0.0.1")).isTrue();
    assertThat(new RelayHosts(false).allows("10.1.2.3")).isTrue();
  }
}
