package io.tallypost.intake.relays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostNameTest {

  @ParameterizedTest
  @CsvSource({
    "smtp.acme.example, smtp.acme.example",
    "SMTP.Acme.Example, smtp.acme.example",
    "mailhog, mailhog",
    "smtp-1.acme.example, smtp-1.acme.example",
    "bücher.example, xn--bcher-kva.example",
    "smtp.faß.example, smtp.xn--fa-hia.example",
    "xn--fa-hia.example, xn--fa-hia.example",
    "r3---sn-abc.example, r3---sn-abc.example",
    "192.0.2.25, 192.0.2.25",
    "2001:DB8::25, 2001:db8::25",
    "3com.example, 3com.example",
  })
  void readsNamesAndAddresses(String text, String canonical) {
    assertThat(HostName.canonical(text)).isEqualTo(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "a b",
        "a..b",
        ".a",
        "a.",
        "-a.example",
        "a_b.example",
        "smtp.example:25",
        "smtp.example/x",
        "user@smtp.example",
        "smtp.example\r\nRCPT TO",
        "smtp\u200b.example",
        "xn--fass-.example",
        "１２７.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "a.0x1f",
        "0177.0.0.1",
        "256.0.0.1",
        "1.2.3.4.5",
        "fe80::1%eth0",
        "[::1]",
        "::g",
      })
  void refusesAllElseWithoutRepeatingIt(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HostName.canonical(text))
        .withMessageStartingWith("is not a host");
  }

  @ParameterizedTest
  @ValueSource(ints = {254, 1_000_000})
  void refusesWhatIsTooLongAtOnce(int length) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HostName.canonical("ü".repeat(length)))
        .withMessageContaining("longer");
  }
}
