package io.tallypost.kit.problems;

import io.tallypost.kit.tracing.CurrentTrace;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.MDC;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import tools.jackson.databind.json.JsonMapper;

/** Writes problems (RFC 9457): one form for every failure, in a controller or before one. */
public final class Problems {
  /** The failures on our side that come before anything is taken; of others that is not known. */
  private static final Set<String> BEFORE_ACCEPTANCE = Set.of("overloaded", "unavailable");

  private final CurrentTrace trace;
  private final JsonMapper json;

  public Problems(CurrentTrace trace, JsonMapper json) {
    this.trace = trace;
    this.json = json;
  }

  public ResponseEntity<Object> answer(ProblemException problem) {
    return ResponseEntity.status(problem.status())
        .headers(problem.headers())
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(body(problem));
  }

  /** Answers from a filter, where no controller advice reaches. */
  public void write(HttpServletResponse response, ProblemException problem) throws IOException {
    response.setStatus(problem.status().value());
    problem
        .headers()
        .forEach((name, values) -> values.forEach(value -> response.addHeader(name, value)));
    response.setHeader(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    byte[] body = json.writeValueAsBytes(body(problem));
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  private Map<String, Object> body(ProblemException problem) {
    var body = new LinkedHashMap<String, Object>();
    body.put("type", "urn:tallypost:problem:" + problem.code());
    body.put("title", problem.status().getReasonPhrase());
    body.put("status", problem.status().value());
    body.put("code", problem.code());
    body.put("detail", problem.getMessage());
    if (!problem.errors().isEmpty()) {
      body.put("errors", problem.errors());
    }
    if (problem.status().is4xxClientError() || BEFORE_ACCEPTANCE.contains(problem.code())) {
      body.put("charged", false);
    }
    body.putAll(problem.extensions());
    trace.id().ifPresent(id -> body.put("trace_id", id));
    String requestId = MDC.get(RequestIdFilter.MDC_KEY);
    if (requestId != null) {
      body.put("request_id", requestId);
    }
    return body;
  }
}
