package io.tallypost.intake.relays;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.relays.RelayAccessSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

class RelayHostsTest {
  private static RelayHosts hosts(boolean allowInternal, String... ports) {
    return new RelayHosts(new RelayAccessSettings(List.of(), null, allowInternal, List.of(ports)));
  }

  @Test
  void allowsInternalHostsOnlyWhereTheSettingsDo() {
    assertThat(hosts(false, "25").allows("127.0.0.1")).isFalse();
    assertThat(hosts(true, "25").allows("127.0.0.1")).isTrue();
    assertThat(hosts(false, "25").allows("10.1.2.3")).isTrue();
  }

  @Test
  void allowsThePortsOfTheSettings() {
    RelayHosts hosts = hosts(false, "25", "2500-2599");

    assertThat(hosts.allowsPort(2525)).isTrue();
    assertThat(hosts.allowsPort(5432)).isFalse();
    assertThat(hosts.ports()).isEqualTo("25, 2500-2599");
  }
}
