package io.tallypost.kit.problems;

import java.util.Locale;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/** The refusals that every service shares. */
public final class Refusals {
  private Refusals() {}

  /** No key, or an unknown one. */
  public static ProblemException unauthorized() {
    return new ProblemException(
            HttpStatus.UNAUTHORIZED,
            "unauthorized",
            "Send a valid API key in X-API-Key, or in Authorization as a Bearer token.")
        .header(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"tallypost\"");
  }

  /** The right key, switched off. */
  public static ProblemException keyDisabled() {
    return new ProblemException(
        HttpStatus.FORBIDDEN,
        "key_disabled",
        "This API key is disabled; ask its owner to enable it.");
  }

  /** The right key, expired. */
  public static ProblemException keyExpired() {
    return new ProblemException(
            HttpStatus.UNAUTHORIZED,
            "key_expired",
            "This API key has expired; ask its owner for another one.")
        .header(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"tallypost\"");
  }

  /** The right key of a tenant that is switched off. */
  public static ProblemException tenantDisabled() {
    return new ProblemException(
        HttpStatus.FORBIDDEN,
        "tenant_disabled",
        "The tenant of this API key is disabled; ask the operator to enable it.");
  }

  /** The right key from a network that is not allowed. */
  public static ProblemException addressNotAllowed() {
    return new ProblemException(
        HttpStatus.FORBIDDEN,
        "address_not_allowed",
        "This API key must not be used from this network address.");
  }

  /** A page of a site that is not named, in a browser. */
  public static ProblemException originNotAllowed() {
    return new ProblemException(
        HttpStatus.FORBIDDEN,
        "origin_not_allowed",
        "Pages of this site may not call the API in this way from a browser; the operator names those that may in tallypost.web.cors.allowed-origins.");
  }

  /** The right key without the right to do this. */
  public static ProblemException missingScope() {
    return new ProblemException(
        HttpStatus.FORBIDDEN, "missing_scope", "This API key lacks the scope for this call.");
  }

  /** A key that nobody has checked, because too many others are being checked. */
  public static ProblemException tooManyKeys() {
    return new ProblemException(
            HttpStatus.TOO_MANY_REQUESTS,
            "rate_limited",
            "Too many API keys that were not used before are being checked at this moment; repeat the request. No quota was charged.")
        .header(HttpHeaders.RETRY_AFTER, "1");
  }

  /** Nothing with this name. */
  public static ProblemException notFound() {
    return byStatus(HttpStatus.NOT_FOUND);
  }

  /** A system that this service needs does not answer. */
  public static ProblemException unavailable(String detail) {
    return new ProblemException(HttpStatus.SERVICE_UNAVAILABLE, "unavailable", detail)
        .header(HttpHeaders.RETRY_AFTER, "5");
  }

  /**
   * What may have been done. Only this one must not be repeated blindly, so it has no Retry-After.
   */
  public static ProblemException unconfirmed(String detail) {
    return new ProblemException(HttpStatus.SERVICE_UNAVAILABLE, "unconfirmed", detail);
  }

  /** A fault of ours; the log has the rest. */
  public static ProblemException unexpected() {
    return new ProblemException(
        HttpStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "Something failed on our side. Report the trace id if it goes on.");
  }

  /** A refusal of the container, by its status. */
  public static ProblemException byContainer(int code) {
    HttpStatus status = HttpStatus.resolve(code);
    if (status == null || status == HttpStatus.INTERNAL_SERVER_ERROR) {
      return unexpected();
    }
    return status == HttpStatus.SERVICE_UNAVAILABLE
        ? unavailable("The service is stopping, or lacks what it needs for this; try again.")
        : byStatus(status);
  }

  /** A refusal of the framework before a controller is called. */
  public static ProblemException byStatus(HttpStatus status) {
    return switch (status) {
      case BAD_REQUEST ->
          new ProblemException(
              status, "bad_request", "The request cannot be read; check its syntax.");
      case UNAUTHORIZED -> unauthorized();
      case FORBIDDEN -> missingScope();
      case NOT_FOUND ->
          new ProblemException(status, "not_found", "There is nothing here by this name.");
      case METHOD_NOT_ALLOWED ->
          new ProblemException(
              status,
              "method_not_allowed",
              "This resource does not take that method; Allow lists those it takes.");
      case REQUEST_TIMEOUT ->
          new ProblemException(
              status,
              "request_timeout",
              "The request did not arrive in time, and nothing was done; send it on a faster connection.");
      case UNSUPPORTED_MEDIA_TYPE ->
          new ProblemException(
              status, "unsupported_media_type", "Send the body as application/json.");
      case CONTENT_TOO_LARGE ->
          new ProblemException(status, "body_too_large", "The request is too large; send less.");
      case EXPECTATION_FAILED, NOT_IMPLEMENTED, HTTP_VERSION_NOT_SUPPORTED ->
          new ProblemException(
              status, status.name().toLowerCase(Locale.ROOT), status.getReasonPhrase() + ".");
      // The codes are those of docs/api.md, whatever else the framework thinks of.
      default ->
          status.is5xxServerError()
              ? unexpected()
              : new ProblemException(
                  status, "bad_request", status.getReasonPhrase() + ": check the request.");
    };
  }
}
