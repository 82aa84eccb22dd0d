package io.tallypost.kit.web;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Problems;
import io.tallypost.kit.problems.Refusals;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/** The one place that turns a controller's exceptions into problems. */
@RestControllerAdvice
class ProblemAdvice extends ResponseEntityExceptionHandler {
  private static final Logger log = LoggerFactory.getLogger(ProblemAdvice.class);

  private final Problems problems;

  ProblemAdvice(Problems problems) {
    this.problems = problems;
  }

  @ExceptionHandler
  ResponseEntity<Object> on(ProblemException problem) {
    return problems.answer(problem);
  }

  @ExceptionHandler
  ResponseEntity<Object> on(AccessDeniedException denied) {
    return problems.answer(Refusals.missingScope());
  }

  /** A header or parameter with forbidden characters, found when it is asked for. */
  @ExceptionHandler
  ResponseEntity<Object> on(RequestRejectedException rejected) {
    return problems.answer(Refusals.byStatus(HttpStatus.BAD_REQUEST));
  }

  @ExceptionHandler
  ResponseEntity<Object> on(Exception unexpected) {
    Span.current().recordException(unexpected).setStatus(StatusCode.ERROR);
    log.atError().setCause(unexpected).log("request failed unexpectedly");
    return problems.answer(Refusals.unexpected());
  }

  /** All refusals of Spring MVC itself come through here. */
  @Override
  protected @Nullable ResponseEntity<Object> handleExceptionInternal(
      Exception refusal,
      @Nullable Object body,
      HttpHeaders headers,
      HttpStatusCode status,
      WebRequest request) {
    if (status.is5xxServerError()) {
      return on(refusal);
    }
    var problem = Refusals.byStatus(HttpStatus.valueOf(status.value()));
    headers.forEach(
        (name, values) -> List.copyOf(values).forEach(value -> problem.header(name, value)));
    return problems.answer(problem);
  }
}
