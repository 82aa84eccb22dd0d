package io.tallypost.kit.web;

import io.tallypost.kit.problems.Problems;
import io.tallypost.kit.problems.Refusals;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Answers requests that the container or a filter refused, in the same form as everything else. */
@RestController
class ProblemErrorController implements ErrorController {
  private final Problems problems;

  ProblemErrorController(Problems problems) {
    this.problems = problems;
  }

  @RequestMapping("${spring.web.error.path:/error}")
  ResponseEntity<Object> error(HttpServletRequest request, HttpServletResponse response) {
    WebHeaders.protect(response);
    int status =
        request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer code
            ? code
            : 0;
    return problems.answer(
        status < 400
            // Somebody asked for the error page itself.
            ? Refusals.notFound()
            : Refusals.byContainer(status));
  }
}
