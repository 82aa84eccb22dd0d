package io.tallypost.audit.reads;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.reads.ReadMetrics.Reason;
import io.tallypost.audit.store.ConnectionPools;
import io.tallypost.audit.store.ConnectionPools.Duty;
import io.tallypost.keys.Caller;
import io.tallypost.keys.RequestRate;
import io.tallypost.web.ProblemException;
import io.tallypost.web.Problems;
import io.tallypost.web.Refusals;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets reads use the reads' connections only, and no key or tenant more than its share of them. A
 * read that finds its share taken waits a moment, so that a page that asks for ten things at once
 * gets them.
 */
final class ReadFilter extends OncePerRequestFilter {
  private static final Set<String> READS = Set.of("GET", "HEAD");
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final String RETRY_AFTER_SECONDS = "2";

  private final RequestRate rate;
  private final Turns keys;
  private final Turns tenants;
  private final ReadMetrics metrics;
  private final Problems problems;

  ReadFilter(AuditSettings settings, ReadMetrics metrics, Problems problems) {
    this.rate = new RequestRate(settings.readsPerMinute());
    this.keys = new Turns(settings.readsPerKey());
    this.tenants = new Turns(settings.readsPerTenant());
    this.metrics = metrics;
    this.problems = problems;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !READS.contains(request.getMethod());
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    var authentication = SecurityContextHolder.getContext().getAuthentication();
    if (authentication == null || !(authentication.getPrincipal() instanceof Caller caller)) {
      chain.doFilter(request, response);
      return;
    }
    String key = caller.apiKeyId().value();
    if (!rate.tryAcquire(key)) {
      refuse(response, Reason.RATE, rate.refusal(key, "This API key reads more than it may."));
      return;
    }
    try {
      inTurn(caller, request, response, chain);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      problems.write(response, Refusals.unavailable("The service is stopping; try again."));
    }
  }

  private void inTurn(
      Caller caller, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException, InterruptedException {
    String key = caller.apiKeyId().value();
    String tenant = caller.tenant().value();
    if (!keys.take(key, PATIENCE)) {
      refuse(response, Reason.KEY, busy("This API key reads as much at once as it may."));
      return;
    }
    try {
      if (!tenants.take(tenant, PATIENCE)) {
        refuse(
            response,
            Reason.TENANT,
            busy("The API keys of this tenant read as much at once as they may together."));
        return;
      }
      try (var _ = ConnectionPools.use(Duty.READS)) {
        chain.doFilter(request, response);
      } finally {
        tenants.giveBack(tenant);
      }
    } finally {
      keys.giveBack(key);
    }
  }

  private void refuse(HttpServletResponse response, Reason reason, ProblemException problem)
      throws IOException {
    metrics.refused(reason);
    problems.write(response, problem);
  }

  private static ProblemException busy(String detail) {
    return new ProblemException(
            HttpStatus.TOO_MANY_REQUESTS,
            "rate_limited",
            detail + " Wait for the answers before you ask for more. No quota was charged.")
        .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
  }
}
