package io.tallypost.kit.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.kit.problems.ProblemException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonBodyTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{\"a\": 1,}",
        "{'a': 1}",
        "{\"a\": 1} x",
        "{} {}",
        "nul",
        "{\"a\": NaN}",
        "{\"a\": 01}",
        "{\"to\": \"a@b.org\", \"to\": \"c@d.org\"}",
        "{\"headers\": {\"X\": \"1\", \"X\": \"2\"}}",
        "{\"a\": \"\n\"}"
      })
  void refusesWhatIsNotJson(String json) {
    assertThatThrownBy(
            () -> JsonBody.read(json.getBytes(StandardCharsets.UTF_8), new FieldProblems()))
        .isInstanceOf(ProblemException.class)
        .satisfies(e -> assertThat(e.getMessage()).startsWith("The ").doesNotContain("jackson"));
  }

  @Test
  void saysWhereTheJsonBreaks() {
    assertThatThrownBy(() ->
            JsonBody.read("{\n  \"a\": x}".getBytes(StandardCharsets.UTF_8), new FieldProblems()))
        .hasMessageContaining("line 2, column");
  }

  @Test
  void refusesInvalidUtf8AndBottomlessNesting() {
    assertThatThrownBy(() ->
            JsonBody.read(
                "{\"a\": \"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1), new FieldProblems()))
        .isInstanceOf(ProblemException.class);
    assertThatThrownBy(() ->
            JsonBody.read(
                "[".repeat(100_000).getBytes(StandardCharsets.UTF_8), new FieldProblems()))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("nested");
  }

  @Test
  void takesSixteenLevelsAndTwentyThousandNamesValuesAndBracketsToTheOne() {
    assertThatCode(() -> read(nested(16))).doesNotThrowAnyException();
    assertThatThrownBy(() -> read(nested(17))).hasMessageContaining("nested too deeply");
    assertThatCode(() -> read(values(19_995))).doesNotThrowAnyException();
    assertThatThrownBy(() -> read(values(19_996))).hasMessageContaining("too many values");
  }

  private static void read(String json) {
    JsonBody.read(json.getBytes(StandardCharsets.UTF_8), new FieldProblems());
  }

  /** The object is the first level. */
  private static String nested(int levels) {
    return "{\"a\":" + "[".repeat(levels - 1) + "]".repeat(levels - 1) + "}";
  }

  /** Beside them a name and four brackets. */
  private static String values(int count) {
    return "{\"a\":[1" + ",1".repeat(count - 1) + "]}";
  }

  @Test
  void refusesMoreValuesThanAnyMailHas() {
    String objects = "{\"to\": [{}" + ",{}".repeat(20_000) + "]}";
    assertThatThrownBy(
            () -> JsonBody.read(objects.getBytes(StandardCharsets.UTF_8), new FieldProblems()))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("too many values");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "\"x\"", "5", "null", "true"})
  void refusesJsonThatIsNoObject(String json) {
    assertThatThrownBy(
            () -> JsonBody.read(json.getBytes(StandardCharsets.UTF_8), new FieldProblems()))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("errors");
  }
}
