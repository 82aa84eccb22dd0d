package io.tallypost.kit.web;

import io.tallypost.kit.problems.Problems;
import io.tallypost.kit.problems.Refusals;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Answers 415 to a body that is not JSON, at any endpoint: the framework would take forms and parts
 * for parameters, and read them whole.
 */
final class BodyTypeFilter extends OncePerRequestFilter {
  private final Problems problems;

  BodyTypeFilter(Problems problems) {
    this.problems = problems;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (isReadable(request.getHeader(HttpHeaders.CONTENT_TYPE), hasBody(request))) {
      chain.doFilter(request, response);
    } else {
      problems.write(
          response,
          Refusals.byStatus(HttpStatus.UNSUPPORTED_MEDIA_TYPE)
              .header(HttpHeaders.ACCEPT, MediaType.APPLICATION_JSON_VALUE));
    }
  }

  /** Without a type the endpoint decides; without a body only parts are refused. */
  private static boolean isReadable(@Nullable String type, boolean hasBody) {
    if (type == null) {
      return true;
    }
    try {
      MediaType given = MediaType.parseMediaType(type);
      return hasBody
          ? MediaType.APPLICATION_JSON.includes(given)
          : !given.getType().equals("multipart");
    } catch (InvalidMediaTypeException e) {
      return !hasBody && !type.strip().regionMatches(true, 0, "multipart", 0, 9);
    }
  }

  private static boolean hasBody(HttpServletRequest request) {
    return request.getContentLengthLong() > 0
        || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
  }
}
