package io.tallypost.kit.web;

import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/** Answers 400 to a query string that cannot be read, before anybody asks for a parameter. */
final class QueryFilter extends OncePerRequestFilter {
  private final Problems problems;

  QueryFilter(Problems problems) {
    this.problems = problems;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    var fault = QuerySyntax.fault(request.getQueryString());
    if (fault.isPresent()) {
      problems.write(
          response, new ProblemException(HttpStatus.BAD_REQUEST, "bad_request", fault.get()));
    } else {
      chain.doFilter(request, response);
    }
  }
}
