package io.tallypost.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.stack.client.Client;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.james.mime4j.codec.DecodeMonitor;
import org.apache.james.mime4j.codec.DecoderUtil;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the relay receives is what the client sent. */
class MailFidelityIT {
  private static final TallypostStack STACK = TallypostStack.running();
  private static Client client;

  @BeforeAll
  static void createKey() {
    client = Client.withLimit(STACK, "fidelity", 1000);
  }

  @Test
  void carriesText() {
    Received received = delivered(mail("text", "Hello Bob.\nHow are you?\n"));

    assertThat(received.text("text/plain")).hasValue("Hello Bob.\nHow are you?\n");
    assertThat(received.message().getMimeType()).isEqualTo("text/plain");
  }

  @Test
  void carriesHtml() {
    Received received = delivered(mail("html", "<p>Grüße</p>\n"));

    assertThat(received.text("text/html")).hasValue("<p>Grüße</p>\n");
    assertThat(received.message().getMimeType()).isEqualTo("text/html");
  }

  @Test
  void carriesBothAsAlternatives() {
    var mail = mail("text", "plain\n");
    mail.put("html", "<p>rich</p>\n");

    Received received = delivered(mail);

    assertThat(received.message().getMimeType()).isEqualTo("multipart/alternative");
    assertThat(received.text("text/plain")).hasValue("plain\n");
    assertThat(received.text("text/html")).hasValue("<p>rich</p>\n");
  }

  @Test
  void carriesAddressesAndKeepsBccOutOfTheHeaders() {
    var mail = mail("text", "hi");
    mail.put("from", "\"Alice, of Acme\" <alice@acme.example>");
    mail.put(
        "to", List.of("Bob <bob@example.org>", Map.of("email", "bo@example.org", "name", "Bo")));
    mail.put("cc", "carol@example.net");
    mail.put("bcc", List.of("dave@example.net"));
    mail.put("reply_to", "Help <help@acme.example>");

    Received received = delivered(mail);

    assertThat(received.mail().recipients())
        .containsExactlyInAnyOrder(
            "bob@example.org", "bo@example.org", "carol@example.net", "dave@example.net");
    assertThat(received.mail().mailFrom()).isEqualTo("alice@acme.example");
    assertThat(Received.display(received.message().getFrom().get(0)))
        .isEqualTo("Alice, of Acme <alice@acme.example>");
    assertThat(received.message().getTo().flatten())
        .extracting(Received::display)
        .containsExactly("Bob <bob@example.org>", "Bo <bo@example.org>");
    assertThat(received.message().getCc().flatten().get(0).getAddress())
        .isEqualTo("carol@example.net");
    assertThat(received.message().getReplyTo().flatten())
        .extracting(Received::display)
        .containsExactly("Help <help@acme.example>");
    assertThat(new String(received.mail().raw(), UTF_8))
        .doesNotContainIgnoringCase("dave@")
        .doesNotContainIgnoringCase("bcc:");
  }

  /** RFC 6531; domains stay in ASCII (UTS 46, non-transitional). */
  @Test
  void carriesMailboxesInUtf8() {
    var mail = mail("text", "hi");
    mail.put("to", List.of("почта@faß.example", "bob@example.org"));

    Received received = delivered(mail);

    assertThat(received.mail().recipients())
        .containsExactlyInAnyOrder("почта@xn--fa-hia.example", "bob@example.org");
    assertThat(new String(received.mail().raw(), UTF_8)).contains("почта@xn--fa-hia.example");
  }

  @Test
  void carriesCustomHeaders() {
    var mail = mail("text", "hi");
    mail.put(
        "headers",
        Map.of(
            "X-Order",
            "4711",
            "List-Unsubscribe",
            "<mailto:leave@acme.example>",
            "X-Name",
            "Łukasz 東京"));

    Received received = delivered(mail);

    assertThat(received.header("X-Order")).hasValue("4711");
    assertThat(received.header("List-Unsubscribe")).hasValue("<mailto:leave@acme.example>");
    assertThat(
            received
                .header("X-Name")
                .map(value -> DecoderUtil.decodeEncodedWords(value, DecodeMonitor.SILENT)))
        .hasValue("Łukasz 東京");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "🎉 You have won 👩‍👩‍👧‍👦",
        "請求書の件、ご確認ください",
        "مرحبا بالعالم",
        "A subject that is long enough to be folded, and goes on and on, Grüße aus Köln, until it has been folded more than once on its way",
        "plain",
        "",
        "=?utf-8?q?not_an_encoded_word?=",
      })
  void carriesSubjectsAndNames(String words) {
    var mail = mail("text", "hi");
    mail.put("subject", words);
    mail.put("from", Map.of("email", "alice@acme.example", "name", words));

    Received received = delivered(mail);

    assertThat(received.subject()).isEqualTo(words);
    String name = received.message().getFrom().get(0).getName();
    assertThat(name == null ? "" : name).isEqualTo(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "before\n.\nafter\n..\n.leading dot\n",
        "trailing blank \nFrom here\n\n\n",
        "emoji 🎉 and Łódź\n",
        "tab\tand no line end",
      })
  void carriesDifficultBodies(String text) {
    assertThat(delivered(mail("text", text)).text("text/plain")).hasValue(text);
  }

  @Test
  void carriesALineOfAHundredThousandCharacters() {
    String line = "0123456789".repeat(10_000);

    assertThat(delivered(mail("text", line)).text("text/plain")).hasValue(line);
    assertThat(delivered(mail("html", "ü".repeat(100_000))).text("text/html"))
        .hasValue("ü".repeat(100_000));
  }

  @Test
  void takesTheSmallestRequest() {
    Received received =
        delivered(new TreeMap<>(Map.of("to", "bob@example.org", "subject", "s", "text", "t")));

    assertThat(Received.display(received.message().getFrom().get(0)))
        .isEqualTo("Acme <mail@acme.example>");
  }

  private static Map<String, Object> mail(String part, String content) {
    return new TreeMap<>(Map.of("to", "bob@example.org", "subject", "Hello", part, content));
  }

  private static Received delivered(Map<String, Object> mail) {
    Client.Answer answer = client.send(mail);
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(202);
    JsonNode message = client.awaitStatus(answer.body().path("id").asString(), "delivered");
    List<Received> copies =
        Received.byInternetMessageId(STACK, answer.body().path("internet_message_id").asString());
    assertThat(copies).hasSize(1);
    assertThat(message.path("internet_message_id").asString())
        .isEqualTo(copies.get(0).message().getMessageId());
    return copies.get(0);
  }
}
