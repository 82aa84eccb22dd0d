package io.tallypost.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.SendRequested;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CustomHeaderTest {

  @Test
  void takesAHundredKilobytesInAscii() {
    assertThatCode(() -> CustomHeader.checkTogether(headers(12, "x".repeat(8_192))))
        .doesNotThrowAnyException();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CustomHeader.checkTogether(headers(13, "x".repeat(8_192))));
  }

  @Test
  void countsWhatIsNotAsciiAsItIsWritten() {
    // 8 192 of these are 24 576 bytes of UTF-8, and 40 KB in encoded words.
    assertThatCode(() -> CustomHeader.checkTogether(headers(2, "\u8a9e".repeat(8_192))))
        .doesNotThrowAnyException();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CustomHeader.checkTogether(headers(3, "\u8a9e".repeat(8_192))))
        .withMessageContaining("102400 characters");
  }

  /** An earlier version counted characters, and took as many of these. */
  @Test
  void readsAMailThatHasMoreThanASenderMayGiveIt() throws Exception {
    var headers = headers(100, "\u8a9e".repeat(900));
    var mail = Examples.mailTo(Examples.BOB);
    var accepted =
        Examples.nextSendRequested(
            new Mail(
                mail.from(),
                mail.to(),
                List.of(),
                List.of(),
                List.of(),
                mail.subject(),
                mail.text(),
                null,
                new TreeMap<>(headers)),
            10);

    assertThatIllegalArgumentException().isThrownBy(() -> CustomHeader.checkTogether(headers));
    assertThat(EventJson.read(EventJson.write(accepted), SendRequested.class)).isEqualTo(accepted);
  }

  private static Map<String, String> headers(int count, String value) {
    return IntStream.range(0, count).boxed().collect(Collectors.toMap(n -> "X-" + n, _ -> value));
  }
}
