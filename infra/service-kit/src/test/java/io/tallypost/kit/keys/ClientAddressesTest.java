package io.tallypost.kit.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.keys.AddressRange;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.mock.web.MockHttpServletRequest;

class ClientAddressesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          203.0.113.9 | ''                           | 203.0.113.9
          203.0.113.9 | 198.51.100.1                 | 203.0.113.9
          10.0.0.1    | 198.51.100.1                 | 198.51.100.1
          10.0.0.1    | 192.0.2.1, 198.51.100.1      | 198.51.100.1
          10.0.0.1    | 198.51.100.1, 10.0.0.2       | 198.51.100.1
          10.0.0.1    | 10.0.0.3, 10.0.0.2           | 10.0.0.3
          10.0.0.1    | 198.51.100.1, unknown        | 10.0.0.1
          """)
  void believesForwardedForOnlyBehindNamedProxies(String peer, String forwarded, String client) {
    var request = new MockHttpServletRequest();
    request.setRemoteAddr(peer);
    Stream.of(forwarded)
        .filter(text -> !text.isEmpty())
        .forEach(text -> request.addHeader("X-Forwarded-For", text));

    var addresses = new ClientAddresses(List.of(new AddressRange("10.0.0.0/8")));

    assertThat(addresses.of(request)).isEqualTo(client);
  }

  @ParameterizedTest
  @CsvSource({
    "203.0.113.9,            203.0.113.10,           false, false",
    "2001:db8:0:5::1,        2001:DB8::5:ffff:0:0:1, true,  true",
    "2001:db8:0:5::1,        2001:db8:0:6::1,        false, true",
    "2001:db8:0:5::1,        2001:db8:0:ffff::1,     false, true",
    "2001:db8:0:5::1,        2001:db8:1:5::1,        false, false",
    "::ffff:203.0.113.9,     ::ffff:203.0.113.10,    false, false",
  })
  void knowsWhichAddressesOneOwnerMayHave(String one, String other, boolean network, boolean site) {
    assertThat(ClientAddresses.network(one).equals(ClientAddresses.network(other)))
        .isEqualTo(network);
    assertThat(ClientAddresses.site(one).equals(ClientAddresses.site(other))).isEqualTo(site);
  }
}
