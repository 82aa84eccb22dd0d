package io.tallypost.relays;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InternalAddressesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "224.0.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "fe80::1",
        "ff02::1",
        "fd00:ec2::254"
      })
  void refusesWhatIsInternal(String address) {
    assertThat(InternalAddresses.contains(InetAddress.ofLiteral(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"192.0.2.25", "10.0.0.25", "192.168.1.25", "2001:db8::25", "64:ff9b::192.0.2.25"})
  void takesWhereRelaysLive(String address) {
    assertThat(InternalAddresses.contains(InetAddress.ofLiteral(address))).isFalse();
  }
}
