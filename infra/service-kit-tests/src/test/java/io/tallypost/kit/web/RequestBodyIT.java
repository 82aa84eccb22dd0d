package io.tallypost.kit.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.keys.ApiKeyToken;
import io.tallypost.mail.Mode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bodies: how large they may be, and from whom one is read at all. */
class RequestBodyIT extends RestIT {
  @Test
  void refusesABodyOverTheLimitWhetherItsLengthIsDeclaredOrNot() throws Exception {
    byte[] tooLarge = new byte[100_000];
    var declared = post(BodyPublishers.ofByteArray(tooLarge));
    var chunked = post(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(tooLarge)));
    var justRight =
        post(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[1024])));

    assertProblem(declared, 413, "body_too_large");
    assertProblem(chunked, 413, "body_too_large");
    assertThat(justRight.statusCode()).isEqualTo(200);
    assertThat(justRight.body()).isEqualTo("1024");
  }

  @Test
  void refusesWhoMayNotCallWithoutReadingTheBody() throws Exception {
    String unknown = ApiKeyToken.generate(Mode.LIVE, new SecureRandom()).plaintext();
    for (String length : List.of("Content-Length: 100", "Transfer-Encoding: chunked")) {
      // No byte of the body is ever sent: a service that waits for one does not answer.
      assertThat(firstLine(length, "X-API-Key: " + unknown)).contains(" 401");
      assertThat(firstLine(length, "X-Nothing: none")).contains(" 401");
      assertThat(firstLine(length, "X-API-Key: " + disabled)).contains(" 403");
      assertThat(firstLine(length, "X-API-Key: " + reader)).contains(" 403");
    }
  }

  @Test
  void asksForTheBodyOnlyOfWhoMayCall() throws Exception {
    for (String length : List.of("Content-Length: 5", "Transfer-Encoding: chunked")) {
      String expecting = length + "\r\nExpect: 100-continue";

      assertThat(firstLine(expecting, "X-Nothing: none")).contains(" 401");
      assertThat(firstLine(expecting, "X-API-Key: " + reader)).contains(" 403");
      assertThat(firstLine(expecting, "X-API-Key: " + operator)).contains(" 100");
    }
    assertThat(firstLine("Content-Length: 2000\r\nExpect: 100-continue", operatorHeader()))
        .contains(" 413");
  }

  private String operatorHeader() {
    return "X-API-Key: " + operator;
  }

  /** The first line that comes back for the head of a POST, without its body. */
  private String firstLine(String length, String key) throws Exception {
    try (var socket = new Socket("localhost", port)) {
      socket.setSoTimeout(10_000);
      String head =
          String.join(
              "\r\n",
              "POST /api/v1/greeting HTTP/1.1",
              "Host: localhost",
              "Content-Type: application/json",
              key,
              length,
              "\r\n");
      socket.getOutputStream().write(head.getBytes(UTF_8));
      return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
    }
  }

  private HttpResponse<String> post(HttpRequest.BodyPublisher body) throws Exception {
    return send(
        request("/api/v1/greeting")
            .POST(body)
            .header("Content-Type", "application/json")
            .header("X-API-Key", operator));
  }
}
