package io.tallypost.kit.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** The headers of every answer that say what browsers may do with it. */
public final class WebHeaders {
  private static final String CONTENT_POLICY = "Content-Security-Policy";

  /** With data: nothing. */
  private static final String NOTHING =
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /**
   * With the page that shows the API (Content Security Policy, level 3): only its own scripts, and
   * only calls to this API.
   */
  private static final String PAGE =
      NOTHING
          + "; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'";

  private WebHeaders() {}

  /** Writes the policy for the request's path. */
  public static void writeContentPolicy(HttpServletRequest request, HttpServletResponse response) {
    boolean page = request.getRequestURI().startsWith("/swagger-ui/");
    response.setHeader(CONTENT_POLICY, page ? PAGE : NOTHING);
  }

  /** Gives an answer that Spring Security has not seen the headers of all others. */
  static void protect(HttpServletResponse response) {
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate");
    response.setHeader("X-Frame-Options", "DENY");
    response.setHeader("Referrer-Policy", "no-referrer");
    response.setHeader(CONTENT_POLICY, NOTHING);
  }
}
