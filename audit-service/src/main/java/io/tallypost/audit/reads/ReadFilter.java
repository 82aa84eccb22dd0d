package io.tallypost.audit.reads;

import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** Lets a caller read in its turn only. */
final class ReadFilter extends OncePerRequestFilter {
  private static final Set<String> READS = Set.of("GET", "HEAD");

  private final ReadTurns turns;
  private final Problems problems;

  ReadFilter(ReadTurns turns, Problems problems) {
    this.turns = turns;
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
    ReadTurns.Turn turn;
    try {
      turn = turns.take(caller);
    } catch (ProblemException e) {
      problems.write(response, e);
      return;
    }
    try (turn) {
      chain.doFilter(request, response);
    }
  }
}
