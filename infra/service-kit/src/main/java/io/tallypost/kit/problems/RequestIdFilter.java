package io.tallypost.kit.problems;

import io.opentelemetry.api.trace.Span;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.MDC;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Gives each request an id: the caller's own {@code X-Request-ID} if it is valid, else a new one.
 * It is in the answer and the log lines, and continues with the message.
 */
public final class RequestIdFilter extends OncePerRequestFilter {
  public static final String HEADER = "X-Request-ID";

  /** The log key. */
  public static final String MDC_KEY = "request_id";

  private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._:/+=@-]{1,128}");

  /** The id of the request that this thread answers. */
  public static String current() {
    String id = MDC.get(MDC_KEY);
    return id == null ? newId() : id;
  }

  /** The caller's own if it is valid, else a new one. */
  public static String idOf(HttpServletRequest request) {
    String given = request.getHeader(HEADER);
    return given != null && SANE.matcher(given).matches() ? given : newId();
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String id = idOf(request);
    response.setHeader(HEADER, id);
    Span.current().setAttribute("tallypost.request_id", id);
    try (var _ = MDC.putCloseable(MDC_KEY, id)) {
      chain.doFilter(request, response);
    }
  }

  /** A request that failed goes through the chain again on its way to the error controller. */
  @Override
  protected boolean shouldNotFilterErrorDispatch() {
    return false;
  }

  private static String newId() {
    return UUID.randomUUID().toString();
  }
}
