package io.tallypost.kit.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuerySyntaxTest {
  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "&",
        "limit=10&cursor=a%2Fb",
        "subject=Gr%C3%BC%C3%9Fe+%F0%9F%93%AC",
        "flag",
        "a=1&&b=2&",
        "a=b=c",
        "a=",
        "a=%00",
        "subject=Gr\u00c3\u00bc\u00c3\u009fe"
      })
  void takesWhatCanBeRead(String query) {
    assertThat(QuerySyntax.fault(query)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"=", "=1", "limit=10&=1", "%3D=&=x"})
  void wantsANameForEachParameter(String query) {
    assertThat(QuerySyntax.fault(query)).get().asString().contains("has no name");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "subject=%ff",
        "%ff=1",
        "%ff",
        "s=%c3",
        "s=%c0%80",
        "s=%ed%a0%80",
        "s=%f4%90%80%80",
        "s=\u00ff"
      })
  void wantsUtf8(String query) {
    assertThat(QuerySyntax.fault(query)).get().asString().contains("is not UTF-8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"s=%", "s=%4", "s=%zz", "%", "s=100%&a=1", "s=%+1", "s=%-1", "s=%u0041"})
  void wantsTwoDigitsBehindAPercentSign(String query) {
    assertThat(QuerySyntax.fault(query)).get().asString().contains("write %25");
  }

  @ParameterizedTest
  @ValueSource(strings = {"%00=1", "a%0d%0ab=1", "%C2%85", "%EF%BF%BF=1"})
  void wantsNamesWithoutControlCharacters(String query) {
    assertThat(QuerySyntax.fault(query)).get().asString().contains("control characters");
  }

  @Test
  void countsParametersAndNamesTheOneThatIsWrong() {
    assertThat(QuerySyntax.fault("a&".repeat(99))).isEmpty();
    assertThat(QuerySyntax.fault("a&".repeat(100))).get().asString().contains("more than 100");
    assertThat(QuerySyntax.fault("a=1&secret=%ff"))
        .get()
        .asString()
        .startsWith("Parameter 2 ")
        .doesNotContain("secret");
  }
}
