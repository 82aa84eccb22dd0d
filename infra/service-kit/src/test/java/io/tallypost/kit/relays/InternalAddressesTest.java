package io.tallypost.kit.relays;

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
        "168.63.129.16",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "192.0.0.192",
        "192.0.0.170",
        "198.18.0.1",
        "198.19.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:168.63.129.16",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "64:ff9b:1:ffff::192.0.2.25",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::",
        "2002:a83f:8110:1:2:3:4:5",
        "2001:db8::5efe:127.0.0.1",
        "2001:db8::200:5efe:169.254.169.254",
        "fe80::1",
        "fe80::a9fe:a9fe",
        "febf::1",
        "ff02::1",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd00:ec2:ffff::1",
        "fd00:c1::a9fe:a9fe",
        "fd00:42::42",
        "fd20:ce::254",
        "fd20:ce:1::1"
      })
  void refusesWhatIsInternal(String address) {
    assertThat(InternalAddresses.contains(InetAddress.ofLiteral(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.0.0.1",
        "192.0.2.25",
        "10.0.0.25",
        "172.16.0.25",
        "192.168.1.25",
        "100.63.255.255",
        "100.128.0.1",
        "168.63.129.17",
        "169.253.1.1",
        "192.0.1.1",
        "198.17.255.255",
        "198.20.0.1",
        "223.255.255.255",
        "::192.0.2.25",
        "::ffff:192.0.2.25",
        "2001:db8::25",
        "2001:1::25",
        "2002:c000:219::1",
        "2001:db8::5efe:192.0.2.25",
        "2001:db8::1:5efe:127.0.0.1",
        "64:ff9b::192.0.2.25",
        "64:ff9b:2::1",
        "fd00:ec3::254",
        "fd12:3456::25",
        "fd20:cf::1",
        "fec0::25"
      })
  void takesWhereRelaysLive(String address) {
    assertThat(InternalAddresses.contains(InetAddress.ofLiteral(address))).isFalse();
  }
}
