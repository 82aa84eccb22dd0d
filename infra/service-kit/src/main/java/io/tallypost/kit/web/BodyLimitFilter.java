package io.tallypost.kit.web;

import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpStatus;
import org.springframework.util.unit.DataSize;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Answers 413 to a body over the limit: by its declared length, or, if it is chunked, by reading no
 * further than that. It reads nothing itself: a caller without the right is refused without a byte
 * of the body being read.
 */
final class BodyLimitFilter extends OncePerRequestFilter {
  private final long limit;
  private final Problems problems;

  BodyLimitFilter(DataSize limit, Problems problems) {
    this.limit = limit.toBytes();
    this.problems = problems;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (request.getContentLengthLong() > limit) {
      problems.write(response, tooLarge());
    } else if (request.getContentLengthLong() >= 0
        || request.getHeader("Transfer-Encoding") == null) {
      chain.doFilter(request, response);
    } else {
      chain.doFilter(new MeteredRequest(request, this::check), response);
    }
  }

  private void check(long read) {
    if (read > limit) {
      throw tooLarge();
    }
  }

  private ProblemException tooLarge() {
    return new ProblemException(
        HttpStatus.CONTENT_TOO_LARGE,
        "body_too_large",
        "The request's body is larger than " + limit + " bytes; send a smaller one.");
  }
}
