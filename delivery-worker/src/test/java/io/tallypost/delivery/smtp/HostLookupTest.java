package io.tallypost.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class HostLookupTest {

  @Test
  void findsNoInternalAddressForTenants() {
    assertThatExceptionOfType(HostLookup.InternalAddressException.class)
        .isThrownBy(() -> HostLookup.NOT_INTERNAL.find("127.0.0.1", new SendGuard()));
    assertThatExceptionOfType(HostLookup.InternalAddressException.class)
        .isThrownBy(() -> HostLookup.NOT_INTERNAL.find("localhost", new SendGuard()));
  }

  @Test
  void findsOthersForTenantsAndAllForTheSettings() throws IOException {
    assertThat(HostLookup.NOT_INTERNAL.find("192.0.2.25", new SendGuard()))
        .extracting(InetAddress::getHostAddress)
        .containsExactly("192.0.2.25");
    assertThat(HostLookup.ANYWHERE.find("127.0.0.1", new SendGuard()))
        .allMatch(InetAddress::isLoopbackAddress);
  }
}
