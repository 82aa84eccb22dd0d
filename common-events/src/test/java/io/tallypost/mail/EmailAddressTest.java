package io.tallypost.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmailAddressTest {

  @ParameterizedTest
  @CsvSource({
    "bob@example.org, bob@example.org",
    "Bob.Builder+tag@Example.ORG, Bob.Builder+tag@example.org",
    "bob@bücher.example, bob@xn--bcher-kva.example",
    "bob@BÜCHER.Example, bob@xn--bcher-kva.example",
    "bob@XN--BCHER-KVA.example, bob@xn--bcher-kva.example",
    "bob@bücher。example, bob@xn--bcher-kva.example",
    "root@localhost, root@localhost",
    "a@1.2.3.4, a@1.2.3.4",
  })
  void takesAddressesAndBringsTheDomainIntoOneForm(String text, String canonical) {
    assertThat(new EmailAddress(text).value()).isEqualTo(canonical);
  }

  @Test
  void keepsEveryDotStringAsItIs() {
    for (String local :
        List.of(
            "o'brien",
            "first.last+tag",
            "a/b",
            "x=y%z",
            "#hash",
            "$money$",
            "_under_",
            "-dash-",
            "{curly}",
            "who?",
            "tilde~",
            "pipe|caret^",
            "back`tick",
            "ex!clam",
            "amp&star*",
            "a".repeat(64),
            "12345")) {
      assertThat(new EmailAddress(local + "@OK.test").value()).isEqualTo(local + "@ok.test");
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '\'',
      delimiter = '|',
      textBlock =
          """
          "a..b"@docomo.test      | "a..b"@docomo.test
          "jane."@docomo.test     | "jane."@docomo.test
          ".jane"@docomo.test     | ".jane"@docomo.test
          "john doe"@OK.test      | "john doe"@ok.test
          " "@ok.test             | " "@ok.test
          "a@b"@ok.test           | "a@b"@ok.test
          "<a>,;:(b)"@ok.test     | "<a>,;:(b)"@ok.test
          "bob"@ok.test           | bob@ok.test
          "bob.b+x"@ok.test       | bob.b+x@ok.test
          "a\\b"@ok.test          | ab@ok.test
          "\\b\\o\\b"@ok.test     | bob@ok.test
          "a\\ b"@ok.test         | "a b"@ok.test
          "a\\"b"@ok.test         | "a\\"b"@ok.test
          "a\\\\b"@ok.test        | "a\\\\b"@ok.test
          "\\a\\"\\\\\\."@ok.test | "a\\"\\\\."@ok.test
          """)
  void takesQuotedLocalPartsAndKeepsTheirShortestForm(String text, String canonical) {
    var address = new EmailAddress(text);

    assertThat(address.value()).isEqualTo(canonical);
    assertThat(new EmailAddress(canonical)).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "@",
        "bob",
        "bob@",
        "@example.org",
        " bob@example.org",
        "bob@example.org ",
        "a b@example.org",
        "a@b@example.org",
        "a@@example.org",
        ".bob@example.org",
        "bob.@example.org",
        "b..b@example.org",
        "bob@-example.org",
        "bob@example-.org",
        "bob@example..org",
        "bob@.example.org",
        "bob@example.org.",
        "bob@exa mple.org",
        "bob@exa_mple.org",
        "bob@[127.0.0.1]",
        "bob@[IPv6:::1]",
        "a@example.org, b@example.org",
        "a@example.org;b@example.org",
        "Team: a@example.org;",
        "mailto:a@example.org",
        "@relay.test:a@example.org",
        "undisclosed-recipients:;",
        "<>",
        "bob@example.org\r\nRCPT TO:<eve@example.org>",
        "bob\u0000@example.org",
        "bob@example.org>",
        "<bob@example.org",
        "\"@example.org",
        "\"\"@example.org",
        "\"bob@example.org",
        "bob\"@example.org",
        "\"bob\"x@example.org",
        "x\"bob\"@example.org",
        "\"a\"b\"@example.org",
        "\"a\\\"@example.org",
        "\"a\".b@example.org",
        "\"a\tb\"@example.org",
        "\"a\\\tb\"@example.org",
        "\"a\r\nb\"@example.org",
        "\"a\\\rb\"@example.org",
        "\"a\u0000b\"@example.org",
        "\"a\u007fb\"@example.org",
        "\"a\\\u00e9\"@example.org",
      })
  void refusesWhatCannotStandInAnSmtpCommand(String text) {
    assertThatThrownBy(() -> new EmailAddress(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void countsOctetsAsTheyAreSent() {
    String quoted = "\"" + "a ".repeat(31) + "\"";
    assertThat(new EmailAddress(quoted + "@example.org").value()).startsWith(quoted);
    assertThat(new EmailAddress("\"" + "\\a".repeat(64) + "\"@example.org").value())
        .isEqualTo("a".repeat(64) + "@example.org");
    assertThat(new EmailAddress("ü".repeat(32) + "@example.org").value()).hasSize(44);
    for (String local :
        List.of("a".repeat(65), "\"" + "a ".repeat(31) + "a\"", "ü".repeat(33), "東".repeat(22))) {
      assertThatThrownBy(() -> new EmailAddress(local + "@example.org"))
          .hasMessageContaining("more than 64");
    }
    String domain = "d".repeat(63) + "." + "d".repeat(63) + "." + "d".repeat(61);
    assertThat(new EmailAddress("a".repeat(64) + "@" + domain).value()).hasSize(254);
    assertThatThrownBy(() -> new EmailAddress("ü".repeat(32) + "@" + domain + "d"))
        .hasMessageContaining("254 octets");
  }

  @Test
  void refusesWhatIsTooLongWithoutALongLook() {
    assertThatThrownBy(() -> new EmailAddress("a".repeat(2_000_000) + "@" + "ü".repeat(2_000_000)))
        .hasMessageContaining("254 characters");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bób@example.org",
        "用户@例子.广告",
        "अजय@डाटा.भारत",
        "квіточка@пошта.укр",
        "Dörte@Sörensen.example",
        "\"用 户\"@example.org",
        "o'ñ.x+東@example.org",
        "🎉@example.org",
        "ශ්\u200dරී@example.org",
        "نامه\u200cای@example.org",
      })
  void readsLocalPartsOutsideAscii(String text) {
    var address = new EmailAddress(text);

    assertThat(address.value()).startsWith(text.substring(0, text.lastIndexOf('@') + 1));
    assertThat(address.domain()).matches("[a-z0-9.-]+");
    assertThat(address.needsSmtpUtf8()).isTrue();
    assertThat(address.isAscii()).isFalse();
    assertThat(new EmailAddress(address.value())).isEqualTo(address);
  }

  @Test
  void knowsWhatEveryRelayTakes() {
    assertThat(new EmailAddress("bob@bücher.example").needsSmtpUtf8()).isFalse();
    assertThat(new EmailAddress("\"a b\"@bücher.example").isAscii()).isTrue();
  }

  @Test
  void takesTwoSpellingsOfALetterForOne() {
    assertThat(new EmailAddress("e\u0301va@example.org"))
        .isEqualTo(new EmailAddress("\u00e9va@example.org"));
    // But not those that only look or sound alike (RFC 6532, section 3.1).
    assertThat(new EmailAddress("\uff41@example.org"))
        .isNotEqualTo(new EmailAddress("a@example.org"));
    // The Greek question mark is a semicolon in NFC.
    assertThatIllegalArgumentException().isThrownBy(() -> new EmailAddress("a\u037e@example.org"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u00a0", "\u00ad", "\u0080", "\u0085", "\u034f", "\u061c", "\u115f", "\u1680", "\u180e",
            "\u2003",
        "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e",
            "\u2060",
        "\u2066", "\u2069", "\u3000", "\u3164", "\ufe0f", "\ufeff", "\ufff9", "\uffff", "\ue000",
            "\u0378",
        "\ud800", "\udc00", "\udb40\udc41", "\udbff\udffd",
      })
  void refusesWhatNobodySees(String invisible) {
    for (String text :
        List.of(
            invisible + "bob@example.org",
            "b" + invisible + "ob@example.org",
            "bob" + invisible + "@example.org",
            "\"b " + invisible + "b\"@example.org",
            "bób" + invisible + "@example.org",
            "bob@" + invisible + "example.org",
            "bob@exa" + invisible + "mple.org",
            "bob@büch" + invisible + "er.org",
            "bob@example.org" + invisible)) {
      assertThatThrownBy(() -> new EmailAddress(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** They show in some scripts and behind some letters alone (RFC 5892, appendix A). */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "é\u200dé",
        "é\u200cé",
        "東\u200d京",
        "東\u200c京",
        "x.é\u200dé",
        "\"é\u200dé x\"",
        "🎉\u200d🎉",
      })
  void refusesJoinersWhereTheyJoinNothing(String local) {
    assertThatThrownBy(() -> new EmailAddress(local + "@example.org"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("invisible");
  }

  @Test
  void refusesAMarkThatWouldChangeTheBracketBeforeIt() {
    assertThatThrownBy(() -> new EmailAddress("\u0338bob@example.org"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Half the letters of each try are those that mean something in an address. */
  @Test
  void eitherRefusesOrHasOneFormThatMeansTheSame() {
    var random = new Random(20261129);
    String special = "\"\\.@ <>,;a1-é\u0301東ß\u200d\u200b\t\r\n\u0000";
    int taken = 0;
    for (int n = 0; n < 20_000; n++) {
      var text = new StringBuilder(random.nextBoolean() ? "\"" : "");
      for (int i = random.nextInt(8); i >= 0; i--) {
        text.append(
            random.nextBoolean()
                ? special.charAt(random.nextInt(special.length()))
                : (char) random.nextInt(0x250));
      }
      text.append(text.charAt(0) == '"' ? "\"@" : "@")
          .append(random.nextBoolean() ? "ok.test" : "é");
      try {
        var address = new EmailAddress(text.toString());
        taken++;
        assertThat(new EmailAddress(address.value())).isEqualTo(address);
        assertThat(address.value()).matches("[^\\x00-\\x1f\\x7f-\\x9f]+@[a-z0-9.-]+");
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageStartingWith("has ");
      }
    }
    assertThat(taken).isBetween(2_000, 18_000);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '\'',
      value = {
        "bob@example.org, b***@example.org",
        "b@example.org, b***@example.org",
        "\"john doe\"@example.org, \"***@example.org",
        "東京@example.org, 東***@example.org",
        "🎉🎉@example.org, 🎉***@example.org",
      })
  void neverShowsItselfWholeInALog(String text, String masked) {
    assertThat(new EmailAddress(text)).hasToString(masked);
  }
}
