package io.tallypost.kit.callers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.kit.problems.FieldProblem;
import io.tallypost.kit.problems.ProblemException;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;

class ParameterInterceptorTest {
  /** Some endpoint. */
  static final class Endpoint {
    public String list(@RequestParam(name = "limit") String limit) {
      return limit;
    }
  }

  @Test
  void letsKnownParametersThrough() throws Exception {
    assertThat(allows("limit")).isTrue();
  }

  /** A pointer's own characters are escaped (RFC 6901, section 3). */
  @Test
  void pointsAtAnUnknownParameterWhateverItsName() {
    assertThatThrownBy(() -> allows("a/b~c"))
        .isInstanceOfSatisfying(
            ProblemException.class,
            problem ->
                assertThat(problem.errors())
                    .containsExactly(
                        new FieldProblem("/a~1b~0c", "is not a parameter of this call")));
  }

  private static boolean allows(String parameter) throws Exception {
    var request = new MockHttpServletRequest();
    request.setQueryString(parameter + "=1");
    request.setParameter(parameter, "1");
    var endpoint = new HandlerMethod(new Endpoint(), "list", String.class);
    return new ParameterInterceptor().preHandle(request, new MockHttpServletResponse(), endpoint);
  }
}
