package io.tallypost.stack.smtp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InboxServerTest {

  private static final String RAW =
      "Message-ID: <1@acme.test>\r\nSubject: =?utf-8?q?H=C3=A4?=\r\n\tllo\r\n\r\nbody: ä\r\n";

  private final Inbox inbox = new Inbox(10, 1_000_000);
  private final InboxServer server = InboxServer.start(inbox, 0);
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void stop() {
    http.close();
    server.close();
  }

  @Test
  void listsWhatCameSinceANumber() throws Exception {
    add("a@acme.test");
    add("b@acme.test");
    add("c@acme.test");

    assertThat(get("/messages?since=1&limit=1").body())
        .isEqualTo(
            """
            [{"id":2,"received_at":"2026-01-01T00:00:00Z","mail_from":"sender@acme.test",\
            "recipients":["b@acme.test"],"message_id":"<1@acme.test>",\
            "subject":"=?utf-8?q?H=C3=A4?=\\tllo","size":75,"acknowledged":true}]\
            """);
    assertThat(get("/count").body()).contains("\"received\":3", "\"kept\":3");
  }

  @Test
  void givesTheBytesOfAMessage() throws Exception {
    add("a@acme.test");

    HttpResponse<String> answer = get("/messages/1");

    assertThat(answer.body()).isEqualTo(RAW);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("message/rfc822");
    assertThat(get("/messages/2").statusCode()).isEqualTo(404);
  }

  @Test
  void forgetsAllWhenTold() throws Exception {
    add("a@acme.test");

    send(HttpRequest.newBuilder(URI.create(server.url() + "/messages")).DELETE().build());

    assertThat(get("/messages").body()).isEqualTo("[]");
    assertThat(get("/count").body()).contains("\"received\":1", "\"kept\":0");
  }

  private void add(String recipient) {
    inbox.add(
        new ReceivedMail(
            Instant.parse("2026-01-01T00:00:00Z"),
            "sender@acme.test",
            List.of(recipient),
            RAW.getBytes(UTF_8),
            RAW.getBytes(UTF_8).length,
            new SmtpTransaction(1, false, null, List.of(), List.of(recipient), false),
            true));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(server.url() + path)).build());
  }

  private HttpResponse<String> send(HttpRequest request) throws Exception {
    return http.send(request, BodyHandlers.ofString(UTF_8));
  }
}
