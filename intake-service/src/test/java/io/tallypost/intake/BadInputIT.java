package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The answers to bad requests; none of them reaches the broker. */
class BadInputIT extends IntakeIT {
  private static final String MAIL =
      """
      {"to": "bob@example.org", "subject": "Hello", "text": "Hello Bob."}
      """;

  private void assertProblem(Client.Answer answer, int status, String code) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.text("code")).isEqualTo(code);
    assertThat(answer.text("trace_id")).matches("[0-9a-f]{32}");
    assertThat(answer.header("X-Request-ID")).isNotEqualTo("(none)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "",
        "{\"to\": \"a@b.example\", \"to\": \"c@d.example\"}",
        "{} {}",
        "[[[[[[[[[[[[[[[[[[[["
      })
  void answers400ToWhatIsNoJson(String body) {
    assertProblem(client.send(body), 400, "malformed_json");
  }

  @Test
  void saysWhereTheJsonBreaks() {
    assertThat(client.send("{\"to\": x}").text("detail")).contains("line 1, column 8");
  }

  @Test
  void answers422WithAllErrors() {
    var answer =
        client.send(
            """
            {"to": ["nobody", "bob@example.org"], "subject": "a\\r\\nBcc: eve@example.net",
             "headers": {"Message-ID": "<x@y>", "X-Foo": "a\\nb"}, "colour": "red"}
            """);

    assertProblem(answer, 422, "validation_failed");
    assertThat(answer.pointers())
        .containsExactly(
            "/to/0", "/subject", "/text", "/headers/Message-ID", "/headers/X-Foo", "/colour");
    assertThat(answer.header("RateLimit-Policy")).isEqualTo("\"key_day\";q=1000;w=86400");
  }

  @Test
  void answers422ToMailboxesThatReadersMayNotKnowYet() {
    var answer =
        client.send(
            """
            {"to": ["bob@example.org", "用户@example.org"], "reply_to": {"email": "éva@acme.example"},
             "subject": "Hello", "text": "Hello."}
            """);
    assertProblem(answer, 422, "validation_failed");
    assertThat(answer.pointers()).containsExactly("/to/1", "/reply_to/email");

    String author =
        "{\"name\": \"éva\", \"id\": \"eva\", \"default_from\": \"Éva <éva@acme.example>\"}";
    var tenant = operator.call("POST", "/api/v1/admin/tenants", author);
    assertProblem(tenant, 422, "validation_failed");
    assertThat(tenant.pointers()).containsExactly("/default_from");
    var key =
        operator.call("POST", "/api/v1/admin/api-keys", author.replace("\"id\": \"eva\", ", ""));
    assertProblem(key, 422, "validation_failed");
    assertThat(key.pointers()).containsExactly("/default_from");
  }

  @Test
  void answers422ToJsonThatIsNoObject() {
    assertProblem(client.send("[]"), 422, "validation_failed");
  }

  @Test
  void answers401WithoutAGoodKey() {
    String wrong = client.with(null).send(MAIL).header("WWW-Authenticate");
    assertThat(wrong).startsWith("Bearer");
    assertProblem(client.with(null).send(MAIL), 401, "unauthorized");
    assertProblem(client.with("sk_live_nonsense").send(MAIL), 401, "unauthorized");
    String unknown = newKey(1).replaceFirst("sk_live_", "sk_test_");
    assertProblem(client.with(unknown).send(MAIL), 401, "unauthorized");
  }

  @Test
  void answers403WithoutTheScope() {
    assertProblem(client.get("/api/v1/admin/api-keys"), 403, "missing_scope");
  }

  @Test
  void answers404ToUnknownPaths() {
    assertProblem(client.get("/api/v1/nothing"), 404, "not_found");
  }

  @Test
  void answers405WithWhatIsAllowed() {
    var answer = client.get("/api/v1/send");

    assertProblem(answer, 405, "method_not_allowed");
    assertThat(answer.header("Allow")).isEqualTo("POST");
    assertThat(answer.header("RateLimit-Policy")).isEqualTo("\"key_day\";q=1000;w=86400");
  }

  @Test
  void answers413ToWhatIsTooLarge() {
    String large = MAIL.replace("Hello Bob.", "x".repeat(1024 * 1024));

    assertProblem(client.send(large), 413, "body_too_large");
    assertProblem(
        client.sendChunked(large.getBytes(StandardCharsets.UTF_8)), 413, "body_too_large");
  }

  @Test
  void takesWhatJustFits() {
    quota.answer(Quota.APPROVING);
    String fits = MAIL.replace("Hello Bob.", "x".repeat(1024 * 1024 - 100));

    assertThat(client.send(fits).status()).isEqualTo(202);
    assertThat(client.sendChunked(fits.getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(202);
  }

  @Test
  void answers415ToOtherMediaTypes() {
    var body = HttpRequest.BodyPublishers.ofString(MAIL);

    assertProblem(
        client.call("POST", "/api/v1/send", body, "text/plain"), 415, "unsupported_media_type");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"open", "  ", "\"\""})
  void answers400ToAnIdempotencyKeyThatIsNone(String key) {
    var answer = client.send(MAIL, "Idempotency-Key", key);

    assertProblem(answer, 400, "invalid_idempotency_key");
    assertThat(answer.text("detail")).contains("Idempotency-Key");
  }

  @Test
  void leavesNothingBehind() {
    quota.answer(Quota.APPROVING);
    int before = quota.requests().size();
    client.send("{");
    client.send("{}");
    client.send(MAIL.replace("bob@example.org", "bob"));

    // Partitions are read in no order, but all of what came before an approval is read by then.
    String id = client.send(MAIL).text("id");
    assertThat(quota.requests(id)).hasSize(1);
    assertThat(quota.requests()).hasSize(before + 1);
  }

  @Test
  void tellsItsHealthToAnybody() {
    // A part that is late once on a busy machine counts as down.
    var answer =
        await()
            .until(
                () -> client.with(null).get("/api/v1/health"),
                health -> health.text("status").equals("healthy"));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body().path("accepts_mail").asBoolean()).isTrue();
    for (String part : List.of("kafka", "postgresql", "api_keys", "verdicts")) {
      assertThat(answer.body().path("parts").path(part).asString()).isEqualTo("up");
    }
  }
}
