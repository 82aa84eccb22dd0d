package io.tallypost.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tallypost.mail.EmailAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordHeadersTest {
  private static final String NAME = RecordHeaders.REMAINING_RECIPIENTS;

  @Test
  void givesBackAddressesWithBlanksAndQuotes() throws Exception {
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
  void refusesAListThatMakesNoSense(String list) {
    assertUnreadable(list);
  }

  @Test
  void findsNobodyWhereTheHeaderIsAbsent() throws Exception {
    assertThat(RecordHeaders.empty().addresses(NAME)).isEmpty();
  }

  @Test
  void refusesAListThatIsNotUtf8() {
    var headers = RecordHeaders.empty();
    headers.toKafka().add(NAME, new byte[] {'b', '@', (byte) 0xff, '.', 'c'});
    headers.toKafka().add("without-a-value", null);

    assertThatExceptionOfType(UnreadableRecordException.class)
        .isThrownBy(() -> headers.addresses(NAME));
    assertThatExceptionOfType(UnreadableRecordException.class)
        .isThrownBy(() -> headers.addresses("without-a-value"));
  }

  private static void assertUnreadable(String list) {
    assertThatExceptionOfType(UnreadableRecordException.class)
        .isThrownBy(() -> RecordHeaders.empty().set(NAME, list).addresses(NAME))
        .withMessage("its header " + NAME + " is no list of addresses");
  }

  @Test
  void readsAMegabyteInNoTime() {
    assertUnreadable("\"".repeat(1_000_001));
    assertUnreadable("\\ ".repeat(500_000));
  }
}
