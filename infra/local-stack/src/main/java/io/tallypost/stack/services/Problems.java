package io.tallypost.stack.services;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;

/** The front door's own problems (RFC 9457). */
final class Problems {

  private Problems() {}

  static void send(HttpServerExchange exchange, int status, String code) {
    String detail =
        switch (code) {
          case "not_found" -> "Nothing is served under this path.";
          case "timeout" -> "The service has not answered in time.";
          default ->
              "No service has answered. Repeat the request later; a POST with the same Idempotency-Key.";
        };
    exchange.setStatusCode(status);
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/problem+json");
    exchange
        .getResponseSender()
        .send(
            """
            {"title":"%s","status":%d,"code":"%s","detail":"%s"}\
            """
                .formatted(StatusCodes.getReason(status), status, code, detail));
  }
}
