package io.tallypost.faults.crowd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.tallypost.stack.client.HttpConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A request whose body comes in pieces.
 *
 * @param head its first line and headers without those that tell the body's length
 * @param body in ASCII
 * @param chunked whether nobody is told how long it will be
 * @param pause between two pieces
 */
record Trickle(String head, String body, boolean chunked, Duration pause) {
  private static final int PIECE = 16 * 1024;

  /** Sends it until it is answered; the status. */
  int over(HttpConnection connection) throws IOException {
    try (connection) {
      String length =
          chunked ? "Transfer-Encoding: chunked" : "Content-Length: %d".formatted(body.length());
      connection.send((head + length + "\r\n\r\n").getBytes(ISO_8859_1));
      for (int at = 0; at < body.length() && !connection.isAnswered(); at += PIECE) {
        connection.send(piece(at));
        if (pause.isPositive()) {
          LockSupport.parkNanos(pause.toNanos());
        }
      }
      if (chunked && !connection.isAnswered()) {
        connection.send("0\r\n\r\n".getBytes(ISO_8859_1));
      }
      return connection.answer().status();
    }
  }

  private byte[] piece(int at) {
    byte[] content = body.substring(at, Math.min(body.length(), at + PIECE)).getBytes(ISO_8859_1);
    if (!chunked) {
      return content;
    }
    var chunk = new ByteArrayOutputStream(content.length + 16);
    chunk.writeBytes("%x\r\n".formatted(content.length).getBytes(ISO_8859_1));
    chunk.writeBytes(content);
    chunk.writeBytes("\r\n".getBytes(ISO_8859_1));
    return chunk.toByteArray();
  }
}
