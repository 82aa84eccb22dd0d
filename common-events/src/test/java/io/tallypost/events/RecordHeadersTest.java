package io.tallypost.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordHeadersTest {
  private static final String NAME = RecordHeaders.REMAINING_RECIPIENTS;

  @Test
  void givesBackAddressesWithBlanksAndQuotes() {
    List<EmailAddress> addresses =
        Stream.of(
                "bob@example.org",
                "\"john doe\"@ok.test",
                "\"  \"@ok.test",
                "\"a@b c\"@ok.test",
                "\"a\\\" b@c.test \\\\\"@ok.test",
                "\"a..b\"@docomo.test",
                "用户@例子.广告",
                "carol@example.net")
            .map(EmailAddress::new)
            .toList();

    assertThat(RecordHeaders.empty().setAddresses(NAME, addresses).addresses(NAME))
        .isEqualTo(addresses);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "bob",
        "bob@example.org ",
        "bob@example.org  eve@example.org",
        "bob@example.org eve",
        "\"bob@example.org eve@example.org",
        "\"a b\\\"@ok.test",
        "bob@example.org,eve@example.org"
      })
  void takesAListThatMakesNoSenseForNone(String list) {
    assertThat(RecordHeaders.empty().set(NAME, list).addresses(NAME)).isEmpty();
  }

  @Test
  void readsAMegabyteInNoTime() {
    assertThat(RecordHeaders.empty().set(NAME, "\"".repeat(1_000_001)).addresses(NAME)).isEmpty();
    assertThat(RecordHeaders.empty().set(NAME, "\\ ".repeat(500_000)).addresses(NAME)).isEmpty();
  }
}
