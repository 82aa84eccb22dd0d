package io.tallypost.kit.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.web.filter.OncePerRequestFilter;

/** Counts the requests that are being answered now. */
final class RequestsInFlightFilter extends OncePerRequestFilter {
  private final AtomicInteger inFlight = new AtomicInteger();

  RequestsInFlightFilter(MeterRegistry registry) {
    Gauge.builder("tallypost.http.requests.in.flight", inFlight, AtomicInteger::get)
        .description("Requests to the API that are being answered now")
        .register(registry);
  }

  /** How many there are. */
  int now() {
    return inFlight.get();
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    inFlight.incrementAndGet();
    try {
      chain.doFilter(request, response);
    } finally {
      inFlight.decrementAndGet();
    }
  }
}
