package io.tallypost.intake.inflight;

import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** Refuses requests of a key, or of all keys of a tenant, beyond the limit of those in flight. */
final class ConcurrencyFilter extends OncePerRequestFilter {
  private static final String RETRY_SECONDS = "1";

  private final ConcurrencyLimit keys;
  private final ConcurrencyLimit tenants;
  private final InFlightMetrics metrics;
  private final Problems problems;

  ConcurrencyFilter(
      ConcurrencyLimit keys, ConcurrencyLimit tenants, InFlightMetrics metrics, Problems problems) {
    this.keys = keys;
    this.tenants = tenants;
    this.metrics = metrics;
    this.problems = problems;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    var authentication = SecurityContextHolder.getContext().getAuthentication();
    if (authentication != null && authentication.getPrincipal() instanceof Caller caller) {
      limited(caller, request, response, chain);
    } else {
      chain.doFilter(request, response);
    }
  }

  private void limited(
      Caller caller, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String key = caller.apiKeyId().value();
    String tenant = caller.tenant().value();
    if (!keys.tryEnter(key)) {
      refuse(response, InFlightMetrics.Reason.KEY_CONCURRENCY, "This API key");
      return;
    }
    try {
      if (!tenants.tryEnter(tenant)) {
        refuse(response, InFlightMetrics.Reason.TENANT_CONCURRENCY, "The tenant of this API key");
        return;
      }
      try {
        chain.doFilter(request, response);
      } finally {
        tenants.leave(tenant);
      }
    } finally {
      keys.leave(key);
    }
  }

  private void refuse(HttpServletResponse response, InFlightMetrics.Reason reason, String who)
      throws IOException {
    metrics.refused(reason);
    problems.write(
        response,
        new ProblemException(
                HttpStatus.TOO_MANY_REQUESTS,
                "concurrency_limited",
                who
                    + " has more requests in flight than are taken at a time; wait for answers before"
                    + " the next request. No quota was charged.")
            .header(HttpHeaders.RETRY_AFTER, RETRY_SECONDS));
  }
}
