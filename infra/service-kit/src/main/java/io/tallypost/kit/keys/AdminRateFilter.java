package io.tallypost.kit.keys;

import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.ApiKeyAuthentication;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.limits.RequestRate;
import io.tallypost.kit.problems.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses a key's calls of the admin API beyond this process's rate, before their body is read.
 * Most of them cost the database or bcrypt far more than a mail. A tenant may have many keys, so
 * what its admins change, which every service hears of and the log keeps for long, has a lower rate
 * of its own; operators are apart.
 */
final class AdminRateFilter extends OncePerRequestFilter {
  private static final RequestMatcher ADMIN =
      new OrRequestMatcher(
          PathPatternRequestMatcher.withDefaults().matcher("/api/v1/admin/**"),
          PathPatternRequestMatcher.withDefaults().matcher("/loggers/**"));

  /**
   * What a tenant's changes do not count: reads, and deletions, of which there are no more than
   * what was made. Nobody who has got hold of one key keeps the others' owner from deleting it.
   */
  private static final Set<String> NO_CHANGES = Set.of("GET", "HEAD", "OPTIONS", "DELETE");

  private final RequestRate rate;
  private final RequestRate tenantChanges;
  private final Problems problems;

  AdminRateFilter(int callsOfKey, int changesOfTenant, Problems problems) {
    this.rate = new RequestRate(callsOfKey);
    this.tenantChanges = new RequestRate(changesOfTenant);
    this.problems = problems;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (SecurityContextHolder.getContext().getAuthentication() instanceof ApiKeyAuthentication key
        && ADMIN.matches(request)) {
      if (!rate.tryAcquire(key.getName())) {
        problems.write(
            response,
            rate.refusal(
                key.getName(), "This API key calls the admin API more often than is allowed."));
        return;
      }
      Caller caller = key.getPrincipal();
      String tenant = caller.tenant().value();
      Set<Scope> scopes = caller.key().scopes();
      // Others may not, and must not use up what the admins may.
      boolean mayChange = scopes.contains(Scope.ADMIN) && !scopes.contains(Scope.OPERATOR);
      if (mayChange
          && !NO_CHANGES.contains(request.getMethod())
          && !tenantChanges.tryAcquire(tenant)) {
        problems.write(
            response,
            tenantChanges.refusal(
                tenant, "The API keys of this tenant change more than they may together."));
        return;
      }
    }
    chain.doFilter(request, response);
  }
}
