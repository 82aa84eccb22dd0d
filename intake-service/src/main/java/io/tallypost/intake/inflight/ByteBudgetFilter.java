package io.tallypost.intake.inflight;

import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Problems;
import io.tallypost.kit.web.MeteredRequest;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Takes the memory that a request may need before its body is read, and gives it back when the
 * request is over, however it ends. No request here is answered by another thread than its own.
 */
final class ByteBudgetFilter extends OncePerRequestFilter {
  /** How much room is taken ahead of what was read, for a body of unknown length. */
  private static final long STEP = 4 * 1024;

  private static final String RETRY_SECONDS = "2";

  private final ByteBudget budget;
  private final InFlightMetrics metrics;
  private final Problems problems;

  ByteBudgetFilter(ByteBudget budget, InFlightMetrics metrics, Problems problems) {
    this.budget = budget;
    this.metrics = metrics;
    this.problems = problems;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    long length = request.getContentLengthLong();
    boolean chunked = length < 0 && request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
    if (length <= 0 && !chunked) {
      chain.doFilter(request, response);
      return;
    }
    try (var share = budget.share(tenant())) {
      if (!share.growTo(chunked ? STEP : length)) {
        problems.write(response, full());
      } else if (chunked) {
        chain.doFilter(new MeteredRequest(request, read -> ahead(share, read)), response);
      } else {
        chain.doFilter(request, response);
      }
    }
  }

  /** Callers that need no key count as one tenant. */
  private static String tenant() {
    Authentication caller = SecurityContextHolder.getContext().getAuthentication();
    return caller != null && caller.getPrincipal() instanceof Caller known
        ? known.tenant().value()
        : "";
  }

  private void ahead(ByteBudget.Share share, long read) {
    if (!share.growTo((read / STEP + 1) * STEP)) {
      throw full();
    }
  }

  private ProblemException full() {
    metrics.refused(InFlightMetrics.Reason.MEMORY);
    return new ProblemException(
            HttpStatus.SERVICE_UNAVAILABLE,
            "overloaded",
            "Too much is being sent at this moment. Nothing was taken or charged; repeat the request.")
        .header(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
  }
}
