package io.tallypost.intake.send;

import static io.tallypost.intake.send.SendBodies.NOREPLY;
import static io.tallypost.intake.send.SendBodies.mail;
import static io.tallypost.intake.send.SendBodies.mailWith;
import static io.tallypost.intake.send.SendBodies.pointers;
import static io.tallypost.intake.send.SendBodies.problemsOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.keys.KeyRestrictions;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.problems.FieldProblem;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The author and the recipients of a mail: how they are written, and how many there may be. */
class SendBodyAddressesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          bob@example.org                          |                 | bob@example.org
          <bob@example.org>                        |                 | bob@example.org
          Bob <bob@example.org>                    | Bob             | bob@example.org
          Bob B. (Sales) <bob@Example.ORG>         | Bob B. (Sales)  | bob@example.org
          \\"Doe, John\\" <john@example.org>       | Doe, John       | john@example.org
          \\"J \\\\\\"Q\\\\\\" D\\" <j@example.org> | J "Q" D        | j@example.org
          \\"a@b.example\\" <j@example.org>        | a@b.example     | j@example.org
          \\"<\\" <j@example.org>                  | <               | j@example.org
          \\"\\" <j@example.org>                   |                 | j@example.org
          Ċč Ⴀ 東京 <j@example.org>                | Ċč Ⴀ 東京       | j@example.org
          j@bücher.example                         |                 | j@xn--bcher-kva.example
          """)
  void readsAddressesAsPeopleWriteThem(String written, String name, String address) {
    Mailbox mailbox = mail(mailWith("to", "'" + written + "'")).to().getFirst();

    assertThat(mailbox.name()).isEqualTo(name);
    assertThat(mailbox.address().value()).isEqualTo(address);
  }

  /** Around an address a tab is a blank; within one, or in a name, it is a control. */
  @Test
  void takesATabAroundAnAddressOnly() {
    String bob = "\\tbob@example.org \\t";
    for (String form :
        List.of(
            "'" + bob + "'",
            "'<" + bob + ">'",
            "'Bob\\t<" + bob + ">\\t'",
            "{'email': '" + bob + "', 'name': 'Bob'}")) {
      assertThat(mail(mailWith("to", form)).recipients())
          .as(form)
          .containsExactly(new EmailAddress("bob@example.org"));
    }
    assertThat(pointers(mailWith("to", "'B\\tb <b@example.org>'"))).containsExactly("/to");
    assertThat(pointers(mailWith("to", "'b\\tb@example.org'"))).containsExactly("/to");
    assertThat(pointers(mailWith("to", "'\\\"b\\tb\\\"@example.org'"))).containsExactly("/to");
    assertThat(pointers(mailWith("to", "{'email': 'b@example.org', 'name': 'x\\t'}")))
        .containsExactly("/to/name");
    assertThat(pointers(mailWith("subject", "'Hi\\t'"))).containsExactly("/subject");
    assertThat(pointers(mailWith("headers", "{'X-Foo': 'a\\t'}")))
        .containsExactly("/headers/X-Foo");
  }

  @Test
  void takesOneMailboxOnceHoweverItIsSpelled() {
    Mail mail =
        mail(
            """
            {'to': ['Bob <bob@ok.test>', 'bob@OK.TEST', '\\"bob\\"@ok.test'], 'cc': ['bob@ok.test', 'bob@müller.test'],
             'bcc': ['bob@xn--mller-kva.test', {'email': 'bob@Müller.test', 'name': 'B'}, 'bob@XN--MLLER-KVA.test'],
             'subject': '', 'text': ''}
            """);

    assertThat(mail.recipients())
        .extracting(EmailAddress::value)
        .containsExactly("bob@ok.test", "bob@xn--mller-kva.test");
  }

  @Test
  void takesLocalPartsOutsideAsciiOnlyWhereTheyAreSetSo() {
    for (String field : List.of("from", "to", "cc", "bcc", "reply_to")) {
      for (String duck :
          List.of("'ėńtę@ok.test'", "'Ente <ėńtę@ok.test>'", "{'email': '\\\"ė ę\\\"@ok.test'}")) {
        String json = mailWith(field, duck);
        assertThat(pointers(json))
            .containsExactly("/" + field + (duck.startsWith("{") ? "/email" : ""));
        assertThat(problemsOf(json).toList().getFirst().detail())
            .contains("left of the @", "tallypost.intake.smtputf8");

        var problems = new FieldProblems();
        var object =
            JsonBody.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), problems);
        assertThat(
                SendBody.read(object, Optional.of(NOREPLY), true, KeyRestrictions.NONE, problems))
            .isPresent();
        assertThat(problems.toList()).isEmpty();
      }
    }
  }

  @Test
  void refusesADefaultAuthorThatWasSetWhileMoreWasTaken() {
    var duck = Mailbox.of(new EmailAddress("ėńtę@ok.test"));
    byte[] json = mailWith("cc", "null").replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    var problems = new FieldProblems();

    assertThat(
            SendBody.read(
                JsonBody.read(json, problems),
                Optional.of(duck),
                false,
                KeyRestrictions.NONE,
                problems))
        .isEmpty();
    assertThat(problems.toList()).extracting(FieldProblem::pointer).containsExactly("/from");
    assertThat(
            SendBody.read(
                JsonBody.read(json, problems),
                Optional.of(duck),
                true,
                KeyRestrictions.NONE,
                new FieldProblems()))
        .isPresent();
  }

  @Test
  void takesFiftyRecipientsAndRefusesMore() {
    assertThat(pointers(mailWith("to", recipients(50)))).isEmpty();
    assertThat(pointers(mailWith("to", recipients(51)))).containsExactly("/to");
    assertThat(
            pointers(
                "{'to': %s, 'cc': %s, 'bcc': 'x@example.org', 'subject': '', 'text': ''}"
                    .formatted(recipients(25), recipients(25))))
        .containsExactly("/to");
  }

  @Test
  void doesNotLookAtEachOfFarTooManyRecipients() {
    String far = recipients(150).replace("r120@", "r120 ");
    String near = recipients(150).replace("r20@", "r20 ");

    assertThat(pointers(mailWith("to", far))).containsExactly("/to");
    assertThat(pointers(mailWith("to", near))).containsExactly("/to/20", "/to");
  }

  private static String recipients(int count) {
    return IntStream.range(0, count)
        .mapToObj("'r%d@example.org'"::formatted)
        .collect(Collectors.joining(", ", "[", "]"));
  }

  @Test
  void asksForAnAuthorWhereNobodyHasADefault() {
    var problems = new FieldProblems();
    var object =
        JsonBody.read(
            mailWith("cc", "null").replace('\'', '"').getBytes(StandardCharsets.UTF_8), problems);

    assertThat(SendBody.read(object, Optional.empty(), false, KeyRestrictions.NONE, problems))
        .isEmpty();
    assertThat(problems.toList()).extracting(FieldProblem::pointer).containsExactly("/from");
  }

  @Test
  void neverRepeatsAnAddress() {
    assertThat(problemsOf(mailWith("to", "'secret.person@exa mple.org'")).toList())
        .allSatisfy(fault -> assertThat(fault.detail()).doesNotContain("secret"));
  }

  @Test
  void readsHugeHostileAddressesInNoTime() {
    assertThat(pointers(mailWith("to", "'" + "a.".repeat(200_000) + "@example.org'")))
        .containsExactly("/to");
    assertThat(pointers(mailWith("to", "'a@" + "ü".repeat(200_000) + "'"))).containsExactly("/to");
    assertThat(pointers(mailWith("to", "'\\\"" + "\\\\\\\\".repeat(100_000) + "'")))
        .containsExactly("/to");
  }
}
