package io.tallypost.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmailAddressTest {

  @ParameterizedTest
  @CsvSource({
    "bob@example.org, bob@example.org",
    "Bob.Builder+tag@Example.ORG, Bob.Builder+tag@example.org",
    "o'neil@example.org, o'neil@example.org",
    "bob@bücher.example, bob@xn--bcher-kva.example",
    "root@localhost, root@localhost",
  })
  void takesAddressesAndBringsTheDomainIntoOneForm(String text, String canonical) {
    assertThat(new EmailAddress(text).value()).isEqualTo(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "@",
        "bob",
        "bob@",
        "@example.org",
        "a b@example.org",
        "a@b@example.org",
        ".bob@example.org",
        "bob.@example.org",
        "b..b@example.org",
        "bob@-example.org",
        "bob@example..org",
        "bob@exa mple.org",
        "\"bob\"@example.org",
        "bob@[127.0.0.1]",
        "bób@example.org",
        "bob@example.org\r\nRCPT TO:<eve@example.org>",
        "bob\u0000@example.org",
        "bob@example.org>",
        "<bob@example.org",
      })
  void refusesWhatCannotStandInAnSmtpCommand(String text) {
    assertThatThrownBy(() -> new EmailAddress(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesWhatIsTooLongWithoutALongLook() {
    assertThatThrownBy(() -> new EmailAddress("a".repeat(65) + "@example.org"))
        .hasMessageContaining("64 characters");
    assertThatThrownBy(() -> new EmailAddress("a".repeat(2_000_000) + "@" + "ü".repeat(2_000_000)))
        .hasMessageContaining("254 characters");
  }

  @Test
  void neverShowsItselfWholeInALog() {
    assertThat(new EmailAddress("bob@example.org")).hasToString("b***@example.org");
  }
}
