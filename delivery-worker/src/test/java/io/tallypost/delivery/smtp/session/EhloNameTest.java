package io.tallypost.delivery.smtp.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EhloNameTest {

  @Test
  void isWhatWasSet() throws UnknownHostException {
    assertThat(EhloName.of("mta.example", InetAddress.getByName("192.0.2.1")))
        .isEqualTo("mta.example");
  }

  @ParameterizedTest
  @CsvSource({"198.51.100.7,[198.51.100.7]", "2001:db8::2,[IPv6:2001:db8:0:0:0:0:0:2]"})
  void putsAnAddressThatWasSetIntoItsBrackets(String set, String said) throws UnknownHostException {
    assertThat(EhloName.of(set, InetAddress.getByName("192.0.2.1"))).isEqualTo(said);
  }

  @Test
  void isADomainOrAnAddressWhereNothingWasSet() throws UnknownHostException {
    assertThat(EhloName.of("", InetAddress.getByName("192.0.2.1")))
        .matches("[a-z0-9.-]+|\\[192\\.0\\.2\\.1]");
  }

  @Test
  void writesAddressesAsTheStandardHasThem() throws UnknownHostException {
    assertThat(EhloName.literal(InetAddress.getByName("192.0.2.1"))).isEqualTo("[192.0.2.1]");
    assertThat(EhloName.literal(InetAddress.getByName("2001:db8::1")))
        .isEqualTo("[IPv6:2001:db8:0:0:0:0:0:1]");
  }
}
