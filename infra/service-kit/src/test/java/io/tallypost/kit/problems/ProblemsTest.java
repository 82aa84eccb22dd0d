package io.tallypost.kit.problems;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.tracing.Tracer;
import io.tallypost.kit.tracing.CurrentTrace;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.json.JsonMapper;

/** What each problem says of what was charged. */
class ProblemsTest {
  private static final Problems PROBLEMS =
      new Problems(new CurrentTrace(Tracer.NOOP), JsonMapper.builder().build());

  private static Map<?, ?> body(ProblemException problem) {
    return (Map<?, ?>) Objects.requireNonNull(PROBLEMS.answer(problem).getBody());
  }

  @ParameterizedTest
  @EnumSource(HttpStatus.class)
  void saysThatARefusalWasNotChargedWhateverItsStatus(HttpStatus status) {
    if (status.is4xxClientError()) {
      assertThat(body(Refusals.byContainer(status.value())).get("charged")).isEqualTo(false);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "overloaded, true",
    "unavailable, true",
    "broker_unavailable, false",
    "unconfirmed, false",
    "log_unavailable, false"
  })
  void saysItOfAnOutageOnlyIfNothingCanHaveBeenTaken(String code, boolean says) {
    var problem = new ProblemException(HttpStatus.SERVICE_UNAVAILABLE, code, "Too bad.");

    assertThat(body(problem).containsKey("charged")).isEqualTo(says);
  }

  @Test
  void saysNothingOfItWhereSomethingFailedUnexpectedly() {
    assertThat(body(Refusals.unexpected()).containsKey("charged")).isFalse();
  }
}
