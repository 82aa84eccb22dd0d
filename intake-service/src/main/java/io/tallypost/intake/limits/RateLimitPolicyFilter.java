package io.tallypost.intake.limits;

import io.tallypost.kit.callers.Caller;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.InstantSource;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** Tells every authenticated sender its limits, also where the request is then refused. */
public final class RateLimitPolicyFilter extends OncePerRequestFilter {
  private final InstantSource clock;

  public RateLimitPolicyFilter(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    var authentication = SecurityContextHolder.getContext().getAuthentication();
    if (authentication != null && authentication.getPrincipal() instanceof Caller caller) {
      RateLimitHeaders.policies(caller.limits(), clock.instant())
          .ifPresent(policies -> response.setHeader(RateLimitHeaders.POLICY, policies));
    }
    chain.doFilter(request, response);
  }
}
