package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.QuotaDecided;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The answers to good requests. */
class SendIT extends IntakeIT {
  private static final String MAIL =
      """
      {"to": "bob@example.org", "subject": "Hello", "text": "Hello Bob."}
      """;
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  @BeforeEach
  void approve() {
    quota.answer(Quota.APPROVING);
  }

  private ConsumerRecord<byte[], byte[]> published(String id) {
    await().until(() -> !quota.requests(id).isEmpty());
    return quota.requests(id).getFirst();
  }

  @Test
  void answers202WithTheVerdict() {
    var answer = client.send(MAIL);

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.text("status")).isEqualTo("approved");
    String id = UUID.fromString(answer.text("id")).toString();
    assertThat(answer.text("internet_message_id")).isEqualTo("<" + id + "@acme.example>");
    assertThat(answer.body().path("remaining").asLong()).isEqualTo(999);
    assertThat(answer.text("trace_id")).matches("[0-9a-f]{32}");
    assertThat(answer.body().path("links").path("self").asString())
        .isEqualTo("https://mail.example/api/v1/messages/" + id);
    assertThat(answer.header("RateLimit-Policy")).isEqualTo("\"key_day\";q=1000;w=86400");
    assertThat(answer.header("RateLimit")).matches("\"key_day\";r=999;t=\\d+");
    assertThat(answer.header("X-RateLimit-Limit")).isEqualTo("1000");
    assertThat(answer.header("X-RateLimit-Remaining")).isEqualTo("999");
    assertThat(answer.header("X-RateLimit-Reset")).matches("\\d+");
    assertThat(answer.header("X-Request-ID")).isNotEqualTo("(none)");
  }

  @Test
  void publishesTheMailWithItsHeaders() {
    var answer =
        client.send(
            MAIL,
            "traceparent",
            "00-" + TRACE + "-b7ad6b7169203331-01",
            "X-Request-ID",
            "order-17");

    assertThat(answer.header("X-Request-ID")).isEqualTo("order-17");
    assertThat(answer.text("trace_id")).isEqualTo(TRACE);
    var record = published(answer.text("id"));
    assertThat(record.headers().headers(RecordHeaders.TRACEPARENT))
        .singleElement()
        .satisfies(header ->
            assertThat(new String(header.value(), UTF_8))
                .matches("00-" + TRACE + "-[0-9a-f]{16}-01")
                .doesNotContain("b7ad6b7169203331"));
    var headers = RecordHeaders.of(record.headers());
    assertThat(headers.text(RecordHeaders.REQUEST_ID)).contains("order-17");
    assertThat(headers.text(RecordHeaders.REPLY_TO)).isPresent();
    SendRequested request = Quota.event(record);
    assertThat(request.mail().from().name()).isEqualTo("Acme");
    assertThat(request.mail().text()).isEqualTo("Hello Bob.");
    assertThat(request.keyed()).isFalse();
    assertThat(request.limits())
        .singleElement()
        .satisfies(limit -> assertThat(limit.limit()).isEqualTo(1000));
  }

  @Test
  void answers429WithTheViolatedPolicy() {
    quota.answer(request -> Optional.of(Quota.decided(request, QuotaDecided.Verdict.REJECTED)));

    // A key of its own: its limit is used up from now on.
    var answer = client.with(newKey(1000)).send(MAIL);

    assertThat(answer.status()).isEqualTo(429);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.text("code")).isEqualTo("quota_exceeded");
    var violation = answer.body().path("violations").path(0);
    assertThat(violation.path("policy").asString()).isEqualTo("key_day");
    assertThat(violation.path("limit").asLong()).isEqualTo(1000);
    assertThat(violation.path("used").asLong()).isEqualTo(1000);
    assertThat(violation.path("resets_at").asString()).endsWith("T00:00:00Z");
    assertThat(Long.parseLong(answer.header("Retry-After"))).isBetween(1L, 86_400L);
    assertThat(answer.header("X-RateLimit-Remaining")).isEqualTo("0");
    assertThat(answer.header("RateLimit-Policy")).isEqualTo("\"key_day\";q=1000;w=86400");
  }

  @Test
  void answersQueuedWhenTheVerdictIsLate() {
    quota.answer(Quota.SILENT);

    var answer = client.send(MAIL);

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.text("status")).isEqualTo("queued");
    assertThat(answer.body().has("remaining")).isFalse();
    assertThat(answer.header("RateLimit-Policy")).isEqualTo("\"key_day\";q=1000;w=86400");
    assertThat(answer.header("RateLimit")).isEqualTo("(none)");
    assertThat(published(answer.text("id"))).isNotNull();
  }

  @Test
  void doesNotWaitForWhoWouldRatherNot() {
    quota.answer(Quota.SILENT);
    long began = System.nanoTime();

    var answer = client.send(MAIL, "Prefer", "respond-async");

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.text("status")).isEqualTo("queued");
    assertThat(answer.header("Preference-Applied")).isEqualTo("respond-async");
    assertThat(System.nanoTime() - began).isLessThan(4_500_000_000L);
  }

  @Test
  void givesEachRepeatUnderOneKeyTheSameId() {
    String key = UUID.randomUUID().toString();
    var first = client.send(MAIL, "Idempotency-Key", key);
    quota.answer(request -> Optional.of(Quota.decided(request, QuotaDecided.Verdict.REPLAYED)));

    var second = client.send(MAIL, "Idempotency-Key", "\"" + key + "\"");

    assertThat(first.header("Idempotent-Replayed")).isEqualTo("(none)");
    assertThat(second.status()).isEqualTo(202);
    assertThat(second.text("id")).isEqualTo(first.text("id"));
    assertThat(second.text("status")).isEqualTo("approved");
    assertThat(second.header("Idempotent-Replayed")).isEqualTo("true");
    await().until(() -> quota.requests(first.text("id")).size() == 2);
    var requests = quota.requests(first.text("id")).stream().map(Quota::event).toList();
    assertThat(requests).allMatch(SendRequested::keyed);
    assertThat(requests.get(0).fingerprint()).isEqualTo(requests.get(1).fingerprint());
    assertThat(requests.get(0).context().submissionId())
        .isNotEqualTo(requests.get(1).context().submissionId());
  }

  @Test
  void answers422ToAKeyOfAnotherMail() {
    quota.answer(request -> Optional.of(Quota.decided(request, QuotaDecided.Verdict.KEY_REUSED)));

    var answer = client.send(MAIL, "Idempotency-Key", "reused");

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text("code")).isEqualTo("idempotency_key_reused");
  }

  @Test
  void keepsTheIdsOfTwoKeysOfOneTenantTogether() {
    var other = client.with(newKey(10));

    var first = client.send(MAIL, "Idempotency-Key", "shared-by-a-tenant");
    var second = other.send(MAIL, "Idempotency-Key", "shared-by-a-tenant");

    assertThat(second.text("id")).isEqualTo(first.text("id"));
  }

  @Test
  void takesTheLane() {
    var answer =
        client.send(
            """
            {"to": "bob@example.org", "subject": "News", "html": "<p>News</p>", "lane": "bulk"}
            """);

    assertThat(Quota.event(published(answer.text("id"))).context().lane()).isEqualTo(Lane.BULK);
  }

  @Test
  void publishesMailboxesInOneFormEach() {
    var answer =
        client.send(
            """
            {"to": ["\\"a..b\\"@example.org", " bob@faß.example ", "Bob <\\tbob@xn--fa-hia.example>"],
             "cc": {"email": " \\"b\\\\ob\\"@Faß.example ", "name": "Bob"}, "subject": "Hello", "text": "Hello.",
             "headers": {"References": "%s"}}
            """
                .formatted("<id@thread.example> ".repeat(100).strip()));

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.body().path("remaining").asLong()).isEqualTo(998);
    var mail = Quota.event(published(answer.text("id"))).mail();
    assertThat(mail.recipients())
        .extracting(EmailAddress::value)
        .containsExactly("\"a..b\"@example.org", "bob@xn--fa-hia.example");
    assertThat(mail.headers().get("References")).hasSize(1_999);
  }

  @Test
  void takesABearerToken() {
    var answer = client.with(null).send(MAIL, "Authorization", "Bearer " + newKey(1000));

    assertThat(answer.status()).isEqualTo(202);
  }
}
