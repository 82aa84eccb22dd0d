package io.tallypost.intake.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class IdempotencyKeyTest {

  @Test
  void isTheSameBareAndQuoted() {
    assertThat(IdempotencyKey.read(List.of("order-17")))
        .isEqualTo(IdempotencyKey.read(List.of("\"order-17\"")))
        .contains(new IdempotencyKey("order-17"));
    assertThat(IdempotencyKey.read(List.of("\"a\\\"b\\\\c\"")))
        .contains(new IdempotencyKey("a\"b\\c"));
    assertThat(IdempotencyKey.read(List.of("x".repeat(255)))).isPresent();
    assertThat(IdempotencyKey.read(List.of())).isEmpty();
  }

  static Stream<List<String>> wrong() {
    return Stream.of(
        List.of(""),
        List.of("  "),
        List.of("\"\""),
        List.of("\"abc"),
        List.of("\"a\"b"),
        List.of("\"a\\b\""),
        List.of("\"a\\"),
        List.of("schlüssel"),
        List.of("a\tb"),
        List.of("x".repeat(256)),
        List.of("a", "b"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void refusesWhatIsNoKey(List<String> values) {
    assertThatIllegalArgumentException().isThrownBy(() -> IdempotencyKey.read(values));
  }

  @Test
  void heedsRespondAsyncAmongOtherPreferences() {
    assertThat(Preference.respondAsync(List.of("wait=10, Respond-Async"))).isTrue();
    assertThat(Preference.respondAsync(List.of("return=minimal", "respond-async; foo"))).isTrue();
    assertThat(Preference.respondAsync(List.of("respond-asynchronously", "x=respond-async")))
        .isFalse();
    assertThat(Preference.respondAsync(List.of())).isFalse();
  }
}
