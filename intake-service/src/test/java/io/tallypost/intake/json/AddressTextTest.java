package io.tallypost.intake.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tallypost.mail.Mailbox;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTextTest {

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      textBlock =
          """
          bob@ok.test                          |            | bob@ok.test
          Bob <bob@ok.test>                    | Bob        | bob@ok.test
          "a..b"@docomo.test                   |            | "a..b"@docomo.test
          <"a..b"@docomo.test>                 |            | "a..b"@docomo.test
          Jane <"jane."@docomo.test>           | Jane       | "jane."@docomo.test
          "John <j@x>" <"john doe"@ok.test>    | John <j@x> | "john doe"@ok.test
          Bob <"<b>"@ok.test>                  | Bob        | "<b>"@ok.test
          Bob <"b@c, d"@ok.test>               | Bob        | "b@c, d"@ok.test
          Bob <"\\"<"@ok.test>                 | Bob        | "\\"<"@ok.test
          "<b>"@ok.test                        |            | "<b>"@ok.test
          "\\"" <"\\b\\o\\b"@ok.test>          | "          | bob@ok.test
          O'Neil <o'neil@ok.test>              | O'Neil     | o'neil@ok.test
          東京 <東京@ok.test>                  | 東京       | 東京@ok.test
          """)
  void readsMailboxes(String text, String name, String address) {
    Mailbox mailbox = AddressText.parse(text);

    assertThat(mailbox.name()).isEqualTo(name);
    assertThat(mailbox.address().value()).isEqualTo(address);
  }

  @Test
  void leavesOutBlanksAndTabsAroundAnAddressInEveryForm() {
    for (String blank : List.of("", " ", "\t", "  \t ")) {
      for (String address : List.of("bob@ok.test", "\" bob \"@ok.test")) {
        String padded = blank + address + blank;
        var bob = AddressText.address(address);

        assertThat(AddressText.address(padded)).isEqualTo(bob);
        assertThat(AddressText.parse(padded)).isEqualTo(Mailbox.of(bob));
        assertThat(AddressText.parse(blank + "<" + padded + ">" + blank))
            .isEqualTo(Mailbox.of(bob));
        for (String name : List.of("Bob B", "\"Bob B\"")) {
          assertThat(AddressText.parse(blank + name + blank + "<" + padded + ">" + blank))
              .isEqualTo(new Mailbox("Bob B", bob));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u00a0", "\u1680", "\u2003", "\u200b", "\u2028", "\u202f", "\u2060", "\u3000", "\ufeff",
        "\n", "\r\n", "\u000b", "\f", "\u0085", "\u0000",
      })
  void takesNothingElseForABlank(String other) {
    for (String text :
        List.of(
            other + "bob@ok.test",
            "bob@ok.test" + other,
            "bob" + other + "@ok.test",
            "bob@" + other + "ok.test",
            "Bob <" + other + "bob@ok.test>",
            "Bob <bob@ok.test" + other + ">",
            "Bob <bob@ok.test>" + other)) {
      assertThatIllegalArgumentException().as(text).isThrownBy(() -> AddressText.parse(text));
      assertThatIllegalArgumentException().as(text).isThrownBy(() -> AddressText.address(text));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "\t",
        "<>",
        "< >",
        "Bob",
        "Bob <>",
        "a@ok.test, b@ok.test",
        "a@ok.test,b@ok.test",
        "Team: a@ok.test, b@ok.test;",
        "Team: a@ok.test;",
        "a@ok.test;b@ok.test",
        "a@ok.test b@ok.test",
        "mailto:a@ok.test",
        "<mailto:a@ok.test>",
        "a@ok.test.",
        "a@ok..test",
        "a@.ok.test",
        ".a@ok.test",
        "a.@ok.test",
        "@relay.test:a@ok.test",
        "<@relay.test:a@ok.test>",
        "Bob <a@ok.test",
        "Bob a@ok.test>",
        "Bob <a@ok.test>>",
        "Bob <<a@ok.test>",
        "Bob <<a@ok.test>>",
        "Bob <a@ok.test> <b@ok.test>",
        "<a@ok.test>, <b@ok.test>",
        "Bob <a@ok.test> b",
        "\"open <a@ok.test>",
        "\"open\\\" <a@ok.test>",
        "\"open <a@ok.test> \" b",
        "\"Bob\" x <a@ok.test>",
        "Bob \"B\" <a@ok.test>",
        "Bob; <a@ok.test>",
        "Bob, <a@ok.test>",
        "a@@ok.test",
        "a b@ok.test",
        "\"a\"b@ok.test",
        "\"a\"@\"b\"",
        "\"a@ok.test\"",
        "a@ok.test (comment)",
        "undisclosed-recipients:;",
        "a@[192.0.2.1]",
      })
  void refusesWhatIsNotOneMailbox(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AddressText.parse(text))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("ok.test"));
  }

  @Test
  void readsAMegabyteInNoTime() {
    for (String part : List.of("\"", "\\", "<", ">", " ", "\t", "\"\\", "<\"", "a@")) {
      String text = part.repeat(1_000_000 / part.length());
      assertThatIllegalArgumentException().isThrownBy(() -> AddressText.parse(text));
      assertThatIllegalArgumentException().isThrownBy(() -> AddressText.parse(text + "<a@ok.test"));
    }
  }
}
