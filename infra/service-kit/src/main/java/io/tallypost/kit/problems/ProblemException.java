package io.tallypost.kit.problems;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/** A request ends here, with a problem (RFC 9457) as its answer. */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final HttpStatus status;
  private final String code;
  private final transient List<FieldProblem> errors;
  private final HttpHeaders headers = new HttpHeaders();
  private final transient Map<String, Object> extensions = new LinkedHashMap<>();

  /**
   * A problem as a whole.
   *
   * @param code the machine-readable code, in snake_case; stable
   * @param detail the sentence for people: what is wrong and what to do
   */
  public ProblemException(HttpStatus status, String code, String detail) {
    this(status, code, detail, List.of());
  }

  /** A problem with parts of the body, all of them named. */
  public ProblemException(
      HttpStatus status, String code, String detail, List<FieldProblem> errors) {
    // It is an answer, not a fault: nobody needs its stack trace.
    super(detail, null, false, false);
    this.status = status;
    this.code = code;
    this.errors = List.copyOf(errors);
  }

  /** Adds a header to the answer. */
  public ProblemException header(String name, String value) {
    headers.add(name, value);
    return this;
  }

  /** Adds a member of its own to the body (RFC 9457, section 3.2). */
  public ProblemException with(String name, Object value) {
    extensions.put(name, value);
    return this;
  }

  HttpStatus status() {
    return status;
  }

  public String code() {
    return code;
  }

  public List<FieldProblem> errors() {
    return errors;
  }

  public HttpHeaders headers() {
    return headers;
  }

  Map<String, Object> extensions() {
    return extensions;
  }
}
