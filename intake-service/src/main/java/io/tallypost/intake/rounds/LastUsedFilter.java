package io.tallypost.intake.rounds;

import io.tallypost.kit.callers.Caller;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.InstantSource;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** Notes that a key is in use, once its holder is known. */
final class LastUsedFilter extends OncePerRequestFilter {
  private final LastUsed lastUsed;
  private final InstantSource clock;

  LastUsedFilter(LastUsed lastUsed, InstantSource clock) {
    this.lastUsed = lastUsed;
    this.clock = clock;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    var authentication = SecurityContextHolder.getContext().getAuthentication();
    if (authentication != null && authentication.getPrincipal() instanceof Caller caller) {
      lastUsed.note(caller.apiKeyId(), clock.instant());
    }
    chain.doFilter(request, response);
  }
}
