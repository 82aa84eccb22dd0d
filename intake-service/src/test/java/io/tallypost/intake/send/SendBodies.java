package io.tallypost.intake.send;

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
import java.util.stream.Stream;

/** Bodies of mail as tests write them: single quotes stand for double ones. */
final class SendBodies {
  static final Mailbox NOREPLY = Mailbox.of(new EmailAddress("noreply@acme.example"));

  private SendBodies() {}

  /** What is wrong with a body. */
  static FieldProblems problemsOf(String json) {
    var problems = new FieldProblems();
    Optional<SendBody> body =
        SendBody.read(
            JsonBody.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), problems),
            Optional.of(NOREPLY),
            false,
            KeyRestrictions.NONE,
            problems);
    assertThat(body.isEmpty()).isEqualTo(!problems.isEmpty());
    return problems;
  }

  static List<String> pointers(String json) {
    return problemsOf(json).toList().stream().map(FieldProblem::pointer).toList();
  }

  static Mail mail(String json) {
    return body(json).mail();
  }

  static SendBody body(String json) {
    var problems = new FieldProblems();
    var object = JsonBody.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), problems);
    Optional<SendBody> body =
        SendBody.read(object, Optional.of(NOREPLY), false, KeyRestrictions.NONE, problems);
    assertThat(problems.toList()).isEmpty();
    return body.orElseThrow();
  }

  /** A good mail with these fields added, or put in the place of its own. */
  static String mailWith(String field, String value) {
    return Stream.of("'to': 'bob@example.org'", "'subject': 'Hi'", "'text': 'Hello'")
        .filter(given -> !given.startsWith("'" + field + "'"))
        .collect(Collectors.joining(", ", "{", ", '" + field + "': " + value + "}"));
  }
}
