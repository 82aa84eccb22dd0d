package io.tallypost.intake.send;

import static io.tallypost.intake.send.SendBodies.NOREPLY;
import static io.tallypost.intake.send.SendBodies.mail;
import static io.tallypost.intake.send.SendBodies.mailWith;
import static io.tallypost.intake.send.SendBodies.pointers;
import static io.tallypost.intake.send.SendBodies.problemsOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.keys.HeaderName;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.problems.FieldProblem;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The headers that a mail brings along: their length, their names, and whom they give orders. */
class SendBodyHeadersTest {
  @Test
  void takesHeadersThatCanBeFolded() {
    String references =
        "<0123456789abcdef0123456789abcdef@mail.thread.example.com> ".repeat(120).strip();
    assertThat(mail(mailWith("headers", "{'References': '" + references + "'}")).headers())
        .containsEntry("References", references);
    assertThat(
            mail(mailWith("headers", "{'X-A': '" + "w".repeat(900) + " " + "w".repeat(899) + "'}"))
                .headers())
        .hasSize(1);
    assertThat(mail(mailWith("headers", "{'X-A': '" + "語".repeat(8192) + "'}")).headers())
        .hasSize(1);
    for (String value :
        List.of(
            "x".repeat(901),
            "a " + "x".repeat(900),
            "x".repeat(450) + "\\\\ " + "x".repeat(450),
            "a" + " ".repeat(900) + "b",
            "a".repeat(890) + " ".repeat(11),
            "語".repeat(8193),
            "ab ".repeat(2731))) {
      assertThat(pointers(mailWith("headers", "{'X-A': '" + value + "'}")))
          .containsExactly("/headers/X-A");
    }
  }

  @Test
  void refusesHeadersThatAreTooMuchTogether() {
    assertThat(pointers(mailWith("headers", headers(12, 8_192)))).isEmpty();
    assertThat(pointers(mailWith("headers", headers(13, 8_192)))).containsExactly("/headers");
    assertThat(pointers(mailWith("headers", headers(100, 900)))).isEmpty();
  }

  private static String headers(int count, int length) {
    return IntStream.range(0, count)
        .mapToObj(i -> "'X-%02d': '%s'".formatted(i, "w ".repeat(length / 2)))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\\r\\nBcc: eve@example.net",
        "\\n",
        "\\u0000",
        "\\u0085",
        "\\u2028",
        "Ċ",
        "é",
        ":",
        " "
      })
  void refusesAllButLettersDigitsAndHyphensInAHeadersName(String injected) {
    assertThat(problemsOf(mailWith("headers", "{'X-Foo" + injected + "': 'a'}")).toList())
        .hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-SMTPAPI",
        "x-smtpapi",
        "X-MC-BccAddress",
        "X-MC-Subaccount",
        "X-MSYS-API",
        "X-Sparkpost-Options",
        "X-Binding",
        "X-SES-CONFIGURATION-SET",
        "x-ses-source-arn",
        "X-Mailgun-Recipient-Variables",
        "X-PM-Message-Stream",
        "X-Postmark-Message-Stream",
        "X-Mailjet-Campaign",
        "X-MJ-TemplateErrorReporting",
        "X-Sib-Sandbox",
        "X-Mailin-IP",
        "X-MT-Category",
        "X-ElasticEmail-Pool",
        "X-xsMailingId",
        "X-AliDM-Settings",
        "X-AuthUser",
        "X-Virtual-MTA",
        "X-Campaign",
        "X-Tenant",
        "X-MS-Exchange-Organization-SCL",
        "Resend-Idempotency-Key",
        "X-Tallypost-Trace",
        "X-TALLYPOST-Tenant"
      })
  void refusesHeadersWithOrdersToRelaysAndNamesTheList(String name) {
    FieldProblems problems = problemsOf(mailWith("headers", "{'%s': 'x'}".formatted(name)));

    assertThat(problems.toList())
        .singleElement()
        .satisfies(fault -> {
          assertThat(fault.pointer()).isEqualTo("/headers/" + name);
          assertThat(fault.detail()).contains("allowed_headers", RelayHeaders.names());
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Order",
        "X-Mailer",
        "X-Priority",
        "X-Entity-Ref-ID",
        "X-Smtp",
        "X-Message",
        "X-Campaign-Name",
        "X-Jobs",
        "X-MCA",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Feedback-ID",
        "Auto-Submitted",
        "References",
        "Disposition-Notification-To"
      })
  void takesHeadersThatOnlyReadersLookAt(String name) {
    assertThat(pointers(mailWith("headers", "{'%s': 'x'}".formatted(name)))).isEmpty();
  }

  @Test
  void takesTheOrdersThatAKeyIsAllowedByNameAndNoOthers() {
    var key =
        new KeyRestrictions(
            null,
            List.of(),
            List.of(),
            List.of(),
            List.of(new HeaderName("X-MC-Tags"), new HeaderName("X-Tallypost-Trace")));
    var problems = new FieldProblems();
    var object =
        JsonBody.read(
            mailWith(
                    "headers",
                    "{'x-mc-tags': 'a', 'X-MC-BccAddress': 'b', 'X-Tallypost-Trace': 'c'}")
                .replace('\'', '"')
                .getBytes(StandardCharsets.UTF_8),
            problems);

    assertThat(SendBody.read(object, Optional.of(NOREPLY), false, key, problems)).isEmpty();
    assertThat(problems.toList())
        .extracting(FieldProblem::pointer)
        .containsExactly("/headers/X-MC-BccAddress", "/headers/X-Tallypost-Trace");
  }
}
