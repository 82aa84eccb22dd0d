package io.tallypost.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tallypost.mail.EmailAddress;
import java.time.Instant;
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

  @ParameterizedTest
  @ValueSource(strings = {"0", "1", "1000000"})
  void readsACount(String count) {
    assertThat(RecordHeaders.empty().set(NAME, count).count(NAME))
        .hasValue(Integer.parseInt(count));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "1000001", "2147483647", "2147483648", "one", "1.0"})
  void takesACountThatMakesNoSenseForAbsent(String count) {
    assertThat(RecordHeaders.empty().set(NAME, count).count(NAME)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1970-01-01T00:00:00Z",
        "2026-11-22T12:00:00.123456789Z",
        "9999-12-31T23:59:59.999999999Z"
      })
  void readsATime(String time) {
    assertThat(RecordHeaders.empty().set(NAME, time).instant(NAME)).contains(Instant.parse(time));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "today",
        "1969-12-31T23:59:59.999999999Z",
        "-1000000000-01-01T00:00:00Z",
        "+10000-01-01T00:00:00Z",
        "+1000000000-12-31T23:59:59.999999999Z"
      })
  void takesATimeThatMakesNoSenseForAbsent(String time) {
    assertThat(RecordHeaders.empty().set(NAME, time).instant(NAME)).isEmpty();
  }

  @Test
  void readsAMegabyteInNoTime() {
    assertUnreadable("\"".repeat(1_000_001));
    assertUnreadable("\\ ".repeat(500_000));
  }
}
