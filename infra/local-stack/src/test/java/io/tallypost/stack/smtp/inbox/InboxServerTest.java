package io.tallypost.stack.smtp.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.stack.rest.RestClient;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InboxServerTest {

  private static final String RAW =
      "Message-ID: <1@acme.test>\r\nSubject: =?utf-8?q?H=C3=A4?=\r\n\tllo\r\n\r\nbody: ä\r\n";

  private final Inbox inbox = new Inbox(10, 1_000_000);
  private final InboxServer server = InboxServer.start(inbox, 0);
  private final RestClient http = RestClient.of(server.url());

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void listsWhatCameSinceANumber() {
    add("a@acme.test");
    add("b@acme.test");
    add("c@acme.test");

    assertThat(http.get("/messages?since=1&limit=1").text())
        .isEqualTo(
            """
            [{"id":2,"received_at":"2026-01-01T00:00:00Z","mail_from":"sender@acme.test",\
            "recipients":["b@acme.test"],"message_id":"<1@acme.test>",\
            "subject":"=?utf-8?q?H=C3=A4?=\\tllo","size":75,"acknowledged":true}]\
            """);
    assertThat(http.get("/count").text()).contains("\"received\":3", "\"kept\":3");
  }

  @Test
  void givesTheBytesOfAMessage() {
    add("a@acme.test");

    RestClient.Answer answer = http.get("/messages/1");

    assertThat(answer.text()).isEqualTo(RAW);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("message/rfc822");
    assertThat(http.get("/messages/2").status()).isEqualTo(404);
  }

  @Test
  void forgetsAllWhenTold() {
    add("a@acme.test");

    http.delete("/messages");

    assertThat(http.get("/messages").text()).isEqualTo("[]");
    assertThat(http.get("/count").text()).contains("\"received\":1", "\"kept\":0");
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
}
