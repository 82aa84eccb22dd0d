package io.tallypost.intake.send;

import static io.tallypost.intake.send.SendBodies.NOREPLY;
import static io.tallypost.intake.send.SendBodies.body;
import static io.tallypost.intake.send.SendBodies.mail;
import static io.tallypost.intake.send.SendBodies.mailWith;
import static io.tallypost.intake.send.SendBodies.pointers;
import static io.tallypost.intake.send.SendBodies.problemsOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SendBodyTest {
  @Test
  void takesTheSmallestMail() {
    Mail mail = mail("{'to': 'bob@example.org', 'subject': 'Hi', 'text': 'Hello'}");

    assertThat(mail.from()).isEqualTo(NOREPLY);
    assertThat(mail.to()).containsExactly(Mailbox.of(new EmailAddress("bob@example.org")));
    assertThat(mail.subject()).isEqualTo("Hi");
    assertThat(mail.text()).isEqualTo("Hello");
    assertThat(mail.html()).isNull();
  }

  @Test
  void takesEveryField() {
    SendBody body =
        body(
            """
            {'from': 'Alice <alice@acme.example>', 'to': ['bob@example.org', {'email': 'carol@example.net', 'name': 'Carol'}],
             'cc': {'email': 'dave@example.net'}, 'bcc': 'eve@example.net', 'reply_to': ['desk@acme.example'],
             'subject': '', 'text': '', 'html': '<p/>', 'headers': {'X-Foo': 'bar', 'List-Unsubscribe': '<https://a.example>'},
             'lane': 'bulk'}
            """);

    assertThat(body.lane()).isEqualTo(Lane.BULK);
    Mail mail = body.mail();
    assertThat(mail.from().name()).isEqualTo("Alice");
    assertThat(mail.to()).extracting(Mailbox::name).containsExactly(null, "Carol");
    assertThat(mail.cc()).hasSize(1);
    assertThat(mail.bcc()).hasSize(1);
    assertThat(mail.replyTo()).hasSize(1);
    assertThat(mail.text()).isEmpty();
    assertThat(mail.headers()).containsEntry("X-Foo", "bar").hasSize(2);
  }

  @Test
  void takesNullForAbsent() {
    Mail mail =
        mail(
            """
            {'from': null, 'to': 'bob@example.org', 'cc': null, 'bcc': null, 'reply_to': null, 'subject': 'Hi',
             'text': 'Hello', 'html': null, 'headers': null, 'lane': null}
            """);

    assertThat(mail.cc()).isEmpty();
    assertThat(mail.html()).isNull();
  }

  static Stream<List<String>> badBodies() {
    return Stream.of(
        List.of("{'subject': 'Hi', 'text': 'x'}", "/to"),
        List.of("{'to': [], 'cc': null, 'subject': 'Hi', 'text': 'x'}", "/to"),
        List.of("{'to': 'bob@example.org', 'text': 'x'}", "/subject"),
        List.of("{'to': 'bob@example.org', 'subject': null, 'text': 'x'}", "/subject"),
        List.of("{'to': 'bob@example.org', 'subject': 'Hi'}", "/text"),
        List.of("{'to': 'bob@example.org', 'subject': 'Hi', 'text': null, 'html': null}", "/text"),
        List.of("{}", "/to", "/subject", "/text"),
        List.of(mailWith("to", "'bob'"), "/to"),
        List.of(mailWith("to", "''"), "/to"),
        List.of(mailWith("to", "'bob@'"), "/to"),
        List.of(mailWith("to", "'@example.org'"), "/to"),
        List.of(mailWith("to", "'a b@example.org'"), "/to"),
        List.of(mailWith("to", "'a@exa mple.org'"), "/to"),
        List.of(mailWith("to", "'a@example.org, b@example.org'"), "/to"),
        List.of(mailWith("to", "'a@example.org, Bob <b@example.org>'"), "/to"),
        List.of(mailWith("to", "'Bob <b@example.org'"), "/to"),
        List.of(mailWith("to", "'Bob b@example.org>'"), "/to"),
        List.of(mailWith("to", "'\\\"Bob <b@example.org>'"), "/to"),
        List.of(mailWith("to", "'\\\"Bob\\\" x <b@example.org>'"), "/to"),
        List.of(mailWith("to", "'" + "a".repeat(70) + "@example.org'"), "/to"),
        List.of(mailWith("to", "'a@" + "a.".repeat(150) + "org'"), "/to"),
        List.of(mailWith("to", "['bob@example.org', 'nobody', 7]"), "/to/1", "/to/2"),
        List.of(mailWith("to", "[null]"), "/to/0"),
        List.of(mailWith("to", "[['bob@example.org']]"), "/to/0"),
        List.of(
            mailWith("to", "[{'email': 'x', 'name': 5, 'nick': 'y'}]"),
            "/to/0/name",
            "/to/0/nick",
            "/to/0/email"),
        List.of(mailWith("to", "{'name': 'Bob'}"), "/to/email"),
        List.of(mailWith("to", "{'email': 'Bob <b@example.org>'}"), "/to/email"),
        List.of(mailWith("to", "true"), "/to"),
        List.of(mailWith("from", "['a@acme.example']"), "/from"),
        List.of(mailWith("from", "'nobody'"), "/from"),
        List.of(mailWith("cc", "'nobody'"), "/cc"),
        List.of(mailWith("bcc", "['nobody']"), "/bcc/0"),
        List.of(mailWith("reply_to", "{'email': 1}"), "/reply_to/email"),
        List.of(mailWith("subject", "5"), "/subject"),
        List.of(mailWith("subject", "'" + "x".repeat(999) + "'"), "/subject"),
        List.of(mailWith("text", "5"), "/text"),
        List.of(mailWith("html", "['x']"), "/html"),
        List.of(mailWith("text", "'a\\u0000b'"), "/text"),
        List.of(mailWith("html", "'a\\ud800b'"), "/html"),
        List.of(mailWith("text", "'a\\udc00'"), "/text"),
        List.of(mailWith("subject", "'a\\ud83d'"), "/subject"),
        List.of(mailWith("headers", "'X-Foo: bar'"), "/headers"),
        List.of(mailWith("headers", "{'X-Foo': 1}"), "/headers/X-Foo"),
        List.of(
            mailWith("headers", "{'X Foo': 'a', 'X~a/b': 'c'}"),
            "/headers/X Foo",
            "/headers/X~0a~1b"),
        List.of(
            mailWith(
                "headers",
                "{'Subject': 'a', 'bcc': 'b@example.org', 'Content-Type': 'x/y', 'DKIM-Signature': 'v'}"),
            "/headers/Subject",
            "/headers/bcc",
            "/headers/Content-Type",
            "/headers/DKIM-Signature"),
        List.of(mailWith("headers", "{'X-A': '1', 'x-a': '2'}"), "/headers/x-a"),
        List.of(mailWith("headers", "{'': 'a'}"), "/headers/"),
        List.of(mailWith("headers", "{'X-Long': '" + "x".repeat(901) + "'}"), "/headers/X-Long"),
        List.of(mailWith("lane", "'express'"), "/lane"),
        List.of(mailWith("lane", "1"), "/lane"),
        List.of(mailWith("unknown", "1"), "/unknown"),
        List.of(mailWith("Subject", "'x'"), "/Subject"),
        List.of(mailWith("attachments", "[]"), "/attachments"),
        List.of(
            "{'to': 'x', 'subject': 7, 'nope': 1, 'headers': {'From': 'a'}}",
            "/to",
            "/subject",
            "/text",
            "/headers/From",
            "/nope"));
  }

  @ParameterizedTest
  @MethodSource("badBodies")
  void namesAllThatIsWrong(List<String> bodyAndPointers) {
    assertThat(pointers(bodyAndPointers.getFirst()))
        .containsExactlyElementsOf(bodyAndPointers.subList(1, bodyAndPointers.size()));
  }

  /** Escapes of JSON, so that what is tested is what arrives. */
  static Stream<String> injections() {
    return Stream.of(
        "\\r\\nBcc: eve@example.net",
        "\\n",
        "\\r",
        "\\u0000",
        "\\u001b",
        "\\u007f",
        "\\u0085",
        "\\u009f",
        "\\u2028",
        "\\u2029",
        "\\ud800");
  }

  @ParameterizedTest
  @MethodSource("injections")
  void refusesControlsInWhateverEndsInAHeaderOrCommand(String injected) {
    for (String field : List.of("from", "to", "cc", "bcc", "reply_to")) {
      assertThat(pointers(mailWith(field, "'Bob" + injected + " <b@example.org>'")))
          .containsExactly("/" + field);
      assertThat(pointers(mailWith(field, "'b@example.org" + injected + "'")))
          .containsExactly("/" + field);
      assertThat(
              pointers(mailWith(field, "{'email': 'b@example.org', 'name': 'x" + injected + "'}")))
          .containsExactly("/" + field + "/name");
      assertThat(pointers(mailWith(field, "{'email': 'b@example.org" + injected + "'}")))
          .containsExactly("/" + field + "/email");
    }
    assertThat(pointers(mailWith("subject", "'Hi" + injected + "'"))).containsExactly("/subject");
    assertThat(pointers(mailWith("headers", "{'X-Foo': 'a" + injected + "'}")))
        .containsExactly("/headers/X-Foo");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u010a", "\u010d", "\u0a0d", "東京", "😀", "مرحبا"})
  void takesLettersWhoseLowByteIsAControl(String letter) {
    Mail mail =
        mail(
            """
            {'to': '%1$s <b@example.org>', 'subject': '%1$s', 'text': '%1$s', 'headers': {'X-Foo': '%1$s'}}
            """
                .formatted(letter));

    assertThat(mail.to().getFirst().name()).isEqualTo(letter);
    assertThat(mail.subject()).isEqualTo(letter);
    assertThat(mail.headers()).containsEntry("X-Foo", letter);
  }

  @Test
  void takesEveryCharacterButNulInABody() {
    String text = "a\\r\\n.\\r\\n\\t\\u0001\\u001a\\u007f\\u0085\\u2028" + "x".repeat(100_000);

    assertThat(mail(mailWith("text", "'" + text + "'")).text()).hasSize(100_012);
  }

  @Test
  void takesASubjectOf998Characters() {
    assertThat(mail(mailWith("subject", "'" + "é".repeat(998) + "'")).subject()).hasSize(998);
  }

  @Test
  void listsAHundredFaultsAndSaysThatThereAreMore() {
    String bad = "['x'" + ", 'x'".repeat(5_000) + "]";

    assertThat(problemsOf(mailWith("to", bad)).toList()).hasSize(101);
  }
}
