package io.tallypost.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.client.Client;
import io.tallypost.stack.rest.RestClient;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpStage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is secret or personal is in no log, span, metric or header, whatever becomes of a mail. */
class CanaryIT {
  private static final TallypostStack STACK = TallypostStack.running();

  private static final String PASSWORD = mark("password");
  private static final String ADDRESS = mark("address");
  private static final String SUBJECT = mark("subject");
  private static final String BODY = mark("body");
  private static final String HEADER = mark("header");

  /** They tell the next hop the mail's remaining recipients; that is their purpose. */
  private static final Set<String> FOR_RECIPIENTS =
      Set.of("failed-recipients", "remaining-recipients");

  private final Instant began = Instant.now().minusSeconds(1);

  private static String mark(String what) {
    return "canary" + what + UUID.randomUUID().toString().substring(0, 8);
  }

  @AfterEach
  void acceptEverything() {
    STACK.sink().follow(SmtpScript.ACCEPT);
  }

  @Test
  void secretsAndContentAreNowhereButInTheMail() throws Exception {
    Client operator = Client.operator(STACK);
    Client.Answer key =
        operator.post(
            "/api/v1/admin/api-keys",
            Map.of("name", "canary", "daily_limit", 20, "default_from", ADDRESS + "@acme.example"));
    assertThat(key.status()).isEqualTo(201);
    String plaintext = key.body().path("api_key").asString();
    String secret = plaintext.substring(plaintext.lastIndexOf('_') + 1);
    List<String> marks = List.of(secret, PASSWORD, ADDRESS, SUBJECT, BODY, HEADER);
    Client client = operator.withKey(plaintext);
    await().atMost(Duration.ofSeconds(15)).until(() -> client.get("/api/v1/usage").status() == 200);
    tryPasswordOut(operator);
    refuseSome();

    List<Client.Answer> answers = new ArrayList<>();
    for (String fate : List.of("delivered", "deferred", "failed")) {
      answers.add(client.post("/api/v1/send", mail(fate)));
    }
    // Refused by validation and by quota, and with a key that is wrong.
    assertThat(client.post("/api/v1/send", mail("not an address")).status()).isEqualTo(422);
    assertThat(client.withKey(plaintext + "x").post("/api/v1/send", mail("delivered")).status())
        .isEqualTo(401);
    Set<String> ids = new HashSet<>();
    List<String> traces = new ArrayList<>();
    answers.forEach(answer -> {
      assertThat(answer.status()).as(answer.body().toString()).isEqualTo(202);
      ids.add(answer.body().path("id").asString());
      traces.add(answer.body().path("trace_id").asString());
    });
    client.awaitStatus(answers.get(0).body().path("id").asString(), "delivered");
    client.awaitStatus(answers.get(1).body().path("id").asString(), "delivered");
    client.awaitStatus(answers.get(2).body().path("id").asString(), "failed");

    // The marks are in the mail, or it would prove nothing that they are nowhere else.
    assertThat(STACK.sink().inbox().mails())
        .anyMatch(mail -> {
          String raw = new String(mail.raw(), UTF_8);
          return List.of(ADDRESS, SUBJECT, BODY, HEADER).stream().allMatch(raw::contains);
        });
    for (String trace : traces) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> STACK.traces().of(trace).stream().anyMatch(span -> span.isCalled("smtp send")));
      assertThat(found(marks, STACK.traces().of(trace).toString())).as("spans").isEmpty();
    }
    for (String role : List.of("intake", "quota", "worker", "audit")) {
      assertThat(found(marks, metrics(role))).as("metrics of " + role).isEmpty();
    }
    assertNoneInHeaders(marks, ids);
    assertNoneInLogs(marks);
  }

  private static void tryPasswordOut(Client operator) {
    Client.Answer relay =
        operator.post(
            "/api/v1/admin/relays",
            Map.of(
                "name",
                "canary",
                "host",
                STACK.sink().host(),
                "port",
                STACK.sink().port(),
                "security",
                "starttls",
                "user",
                "canary",
                "password",
                PASSWORD,
                "enabled",
                false));
    assertThat(relay.status()).as(relay.body().toString()).isEqualTo(201);
    String path = "/api/v1/admin/relays/" + relay.body().path("id").asString();
    assertThat(operator.post(path + "/test", Map.of()).status()).isLessThan(500);
    operator.delete(path);
  }

  private static void refuseSome() {
    Set<String> seen = new HashSet<>();
    STACK
        .sink()
        .follow(stage ->
            stage instanceof SmtpStage.Recipient to
                ? answer(to.address(), seen.add(to.address()))
                : SmtpAnswer.accept());
  }

  /** Relays like to quote refused addresses. */
  private static SmtpAnswer answer(String address, boolean first) {
    if (address.endsWith("@failed.example")) {
      return SmtpAnswer.reply(550, "5.1.1 <" + address + ">: no such user");
    }
    return address.endsWith("@deferred.example") && first
        ? SmtpAnswer.reply(451, "4.7.1 <" + address + ">: try again later")
        : SmtpAnswer.accept();
  }

  private static Map<String, Object> mail(String fate) {
    return Map.of(
        "to",
        ADDRESS + "@" + fate + ".example",
        "subject",
        SUBJECT,
        "text",
        BODY,
        "headers",
        Map.of("X-Canary", HEADER));
  }

  private void assertNoneInHeaders(List<String> marks, Set<String> ids) {
    var records = Records.of(STACK, began, ids::contains);
    assertThat(records).anyMatch(record -> record.topic().equals("mail.dead-letter.v1"));
    for (var record : records) {
      for (var header : record.headers()) {
        if (!FOR_RECIPIENTS.contains(header.key())) {
          assertThat(found(marks, new String(header.value(), UTF_8)))
              .as(record.topic() + ", " + header.key())
              .isEmpty();
        }
      }
    }
  }

  private static void assertNoneInLogs(List<String> marks) throws IOException {
    List<Path> logs;
    try (Stream<Path> files = Files.walk(STACK.directory())) {
      logs = files.filter(file -> file.toString().endsWith(".log")).toList();
    }
    // Kafka's data is in files of that name, too, and has the mails.
    logs = logs.stream().filter(file -> !isData(file)).toList();
    assertThat(logs).hasSizeGreaterThanOrEqualTo(6);
    for (Path log : logs) {
      assertThat(found(marks, Files.readString(log, StandardCharsets.ISO_8859_1)))
          .as(log.toString())
          .isEmpty();
    }
  }

  private static boolean isData(Path file) {
    return String.valueOf(file.getFileName()).matches("\\d{20}\\.log");
  }

  private static List<String> found(List<String> marks, String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return marks.stream().filter(mark -> lower.contains(mark.toLowerCase(Locale.ROOT))).toList();
  }

  private static String metrics(String role) {
    String management = STACK.services(role).getFirst().path("management").asString();
    String metrics = RestClient.of(management).get("/metrics").text();
    assertThat(metrics).contains("tallypost_spans_total{");
    return metrics;
  }
}
