package io.tallypost.intake.send;

import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.limits.RequestRate;
import io.tallypost.kit.problems.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** Refuses a key's requests beyond the rate that this process takes, before their body is read. */
final class RequestRateFilter extends OncePerRequestFilter {
  private final RequestRate rate;
  private final SendMetrics metrics;
  private final Problems problems;

  RequestRateFilter(RequestRate rate, SendMetrics metrics, Problems problems) {
    this.rate = rate;
    this.metrics = metrics;
    this.problems = problems;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    var authentication = SecurityContextHolder.getContext().getAuthentication();
    if (authentication != null && authentication.getPrincipal() instanceof Caller caller) {
      boolean kept = rate.tryAcquire(caller.apiKeyId().value());
      metrics.rate(kept);
      if (!kept) {
        problems.write(
            response,
            rate.refusal(
                caller.apiKeyId().value(), "This API key sends more requests than are taken."));
        return;
      }
    }
    chain.doFilter(request, response);
  }
}
