package io.tallypost.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.mail.EmailAddress;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRestrictionsTest {

  @ParameterizedTest
  @CsvSource({
    "acme.example, a@acme.example, true",
    "ACME.example, a@acme.EXAMPLE, true",
    "acme.example, a@mail.acme.example, false",
    "acme.example, a@notacme.example, false",
    "*.acme.example, a@mail.acme.example, true",
    "*.acme.example, a@acme.example, false",
    "*.acme.example, a@notacme.example, false",
    "acme.example, a@acme.example.evil.example, false",
    "acme.example, a@acme.exampl, false",
    "*.acme.example, a@a.b.acme.example, true",
    "*.acme.example, a@a.acme.example.evil.example, false",
    "bücher.example, a@xn--bcher-kva.example, true",
    "xn--bcher-kva.example, a@BÜCHER.example, true",
    "*.bücher.example, a@mail.bücher.example, true",
    "faß.example, a@fass.example, false",
    "fass.example, a@faß.example, false",
    "acme.example, '\"a@evil.example\"@acme.example', true",
    "acme.example, '\"a@acme.example\"@evil.example', false",
    "acme.example, 用户@acme.example, true",
  })
  void allowsADomainAndNoOther(String rule, String address, boolean allowed) {
    assertThat(new DomainRule(rule).allows(new EmailAddress(address))).isEqualTo(allowed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "*.",
        "a b",
        "a@b.example",
        ".example",
        "a..b",
        "-a.example",
        "*.*.a",
        "a\u200b.example",
        "xn--abc-.example"
      })
  void refusesWhatIsNoDomain(String text) {
    assertThatThrownBy(() -> new DomainRule(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.0/24, 192.0.2.255, true",
    "192.0.2.0/24, 192.0.3.0, false",
    "192.0.2.7, 192.0.2.7, true",
    "192.0.2.7, 192.0.2.8, false",
    "192.0.2.0/25, 192.0.2.127, true",
    "192.0.2.0/25, 192.0.2.128, false",
    "192.0.2.128/25, 192.0.2.127, false",
    "192.0.2.77/25, 192.0.2.1, true",
    "192.0.2.7/32, 192.0.2.6, false",
    "127.255.255.255/1, 128.0.0.0, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, ::, false",
    "::ffff:192.0.2.0/24, 192.0.2.5, true",
    "192.0.2.0/24, ::ffff:192.0.2.5, true",
    "2001:db8::1, 2001:DB8:0::1, true",
    "2001:db8::/127, 2001:db8::2, false",
    "::/0, ffff::, true",
    "192.0.2.0/24, 192.0.2, false",
    "fe80::/10, fe80::1%1, true",
    "2001:db8::/32, 2001:db8:1::1, true",
    "2001:db8::/32, 2001:db9::1, false",
    "2001:db8::/32, 192.0.2.1, false",
    "192.0.2.0/24, nonsense, false",
    "192.0.2.0/24, '', false",
  })
  void holdsTheAddressesOfItsRange(String range, String address, boolean within) {
    assertThat(new AddressRange(range).contains(address)).isEqualTo(within);
  }

  @ParameterizedTest
  @CsvSource({
    "acme.example, ACME.example, true",
    "acme.example, *.acme.example, false",
    "acme.example, mail.acme.example, false",
    "*.acme.example, *.acme.example, true",
    "*.acme.example, acme.example, false",
    "*.acme.example, mail.acme.example, true",
    "*.acme.example, *.mail.acme.example, true",
    "*.mail.acme.example, *.acme.example, false",
    "*.acme.example, notacme.example, false",
    "*.acme.example, *.notacme.example, false",
    "*.example, *.acme.example, true",
    "*.bücher.example, a.xn--bcher-kva.example, true",
  })
  void coversAnotherRule(String rule, String other, boolean covered) {
    assertThat(new DomainRule(rule).covers(new DomainRule(other))).isEqualTo(covered);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          192.0.2.0/24               | 192.0.2.0/24       | true
          192.0.2.0/24               | 192.0.2.77         | true
          192.0.2.0/24               | 192.0.2.0/23       | false
          192.0.2.0/24               | 192.0.3.0/24       | false
          192.0.2.9/24               | 192.0.2.1/25       | true
          192.0.2.0/25 192.0.2.128/25 | 192.0.2.0/24      | true
          192.0.2.128/25 192.0.2.0/25 | 192.0.2.0/24      | true
          192.0.2.0/25 192.0.2.192/26 | 192.0.2.0/24      | false
          192.0.2.0/25 192.0.2.0/30 192.0.2.128/25 | 192.0.2.0/24 | true
          192.0.2.128/25             | 192.0.2.0/24       | false
          0.0.0.0/0                  | 203.0.113.0/24     | true
          0.0.0.0/0                  | ::/0               | false
          ::/0                       | 0.0.0.0/0          | false
          ::/0                       | 2001:db8::/32      | true
          ::/1 8000::/1              | ::/0               | true
          ::/1                       | ::/0               | false
          0.0.0.0/1 128.0.0.0/1      | 0.0.0.0/0          | true
          ::ffff:192.0.2.0/24        | 192.0.2.5          | true
          255.255.255.255            | 255.255.255.255/32 | true
          ffff::/16                  | ffff:ffff::/32     | true
          """)
  void coversAnotherRangeBeItInParts(String ranges, String wanted, boolean covered) {
    var most = Stream.of(ranges.split(" ")).map(AddressRange::new).toList();

    assertThat(AddressRange.cover(most, new AddressRange(wanted))).isEqualTo(covered);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "192.0.2.0/33",
        "192.0.2.0/-1",
        "192.0.2.0/",
        "192.0.2/24",
        "::/129",
        "1/8/8",
        "fe80::1%eth0/64",
        "fe80::1%1/64",
        "1:2:3:4:5:6:7:0000000000000000000000000000000000000008"
      })
  void refusesWhatIsNoRange(String text) {
    assertThatThrownBy(() -> new AddressRange(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
