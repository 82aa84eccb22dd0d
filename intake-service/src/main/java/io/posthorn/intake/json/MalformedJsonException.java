package io.posthorn.intake.json;

/** A body is not JSON at all. The message says so to the client, with the place. */
public final class MalformedJsonException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedJsonException(String message) {
    super(message);
  }
}
