package io.tallypost.kit.keys;

import io.tallypost.kit.callers.ApiKeyAuthentication;
import io.tallypost.kit.problems.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses a key's calls of the admin API beyond this process's rate, before their body is read.
 * Most of them cost the database or bcrypt far more than a mail.
 */
final class AdminRateFilter extends OncePerRequestFilter {
  private static final RequestMatcher ADMIN =
      new OrRequestMatcher(
          PathPatternRequestMatcher.withDefaults().matcher("/api/v1/admin/**"),
          PathPatternRequestMatcher.withDefaults().matcher("/loggers/**"));

  private final RequestRate rate;
  private final Problems problems;

  AdminRateFilter(RequestRate rate, Problems problems) {
    this.rate = rate;
    this.problems = problems;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (SecurityContextHolder.getContext().getAuthentication() instanceof ApiKeyAuthentication key
        && ADMIN.matches(request)
        && !rate.tryAcquire(key.getName())) {
      problems.write(
          response,
          rate.refusal(
              key.getName(), "This API key calls the admin API more often than is allowed."));
      return;
    }
    chain.doFilter(request, response);
  }
}
