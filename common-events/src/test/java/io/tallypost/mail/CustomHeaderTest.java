package io.tallypost.mail;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
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

  private static Map<String, String> headers(int count, String value) {
    return IntStream.range(0, count).boxed().collect(Collectors.toMap(n -> "X-" + n, _ -> value));
  }
}
