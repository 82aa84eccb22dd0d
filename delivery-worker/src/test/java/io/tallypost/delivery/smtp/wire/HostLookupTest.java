package io.tallypost.delivery.smtp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tallypost.kit.relays.RelayAccessSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostLookupTest {
  private static final HostLookup GUARDED =
      HostLookup.within(
          new RelayAccessSettings(List.of(), null, false, List.of("25", "2500-2599")));

  @Test
  void findsNoInternalAddressForTenants() {
    for (String host : List.of("127.0.0.1", "localhost", "2002:7f00:1::1", "168.63.129.16")) {
      assertThatExceptionOfType(HostLookup.ForbiddenException.class)
          .isThrownBy(() -> GUARDED.find(host, 25, new SendGuard()));
    }
  }

  @Test
  void looksNoNameUpForAPortThatRelaysMustNotHave() {
    assertThatExceptionOfType(HostLookup.ForbiddenException.class)
        .isThrownBy(() -> GUARDED.find("no-such-name.invalid", 6379, new SendGuard()))
        .withMessageContaining("6379")
        .withMessageContaining("RELAY_PORTS");
  }

  @Test
  void findsOthersForTenantsAndAllForTheSettings() throws IOException {
    assertThat(GUARDED.find("192.0.2.25", 2525, new SendGuard()))
        .extracting(InetAddress::getHostAddress)
        .containsExactly("192.0.2.25");
    assertThat(HostLookup.ANYWHERE.find("127.0.0.1", 6379, new SendGuard()))
        .allMatch(InetAddress::isLoopbackAddress);
  }
}
