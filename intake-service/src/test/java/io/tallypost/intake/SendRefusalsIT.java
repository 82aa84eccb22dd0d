package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.tallypost.events.QuotaDecided;
import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way in which a send is refused says that it was not charged. */
class SendRefusalsIT extends IntakeIT {
  private static final String SEND = "/api/v1/send";

  private static final String MAIL =
      """
      {"from": "shop@acme.example", "to": "bob@example.org", "subject": "Hello", "text": "Hello Bob."}
      """;

  /** Those that take a load or an outage are in InFlightIT, RunawayClientsIT and OutageIT. */
  Stream<Arguments> refusals() {
    Client other = client.with(newKey(1000));
    return Stream.of(
        refusal(400, "malformed_json", () -> client.send("{")),
        refusal(
            400, "invalid_idempotency_key", () -> client.send(MAIL, "Idempotency-Key", "\"open")),
        refusal(400, "bad_request", () -> client.call("POST", SEND + "?=x", MAIL)),
        refusal(401, "unauthorized", () -> client.with(null).send(MAIL)),
        refusal(
            401, "key_expired", by("'expires_at': '%s'".formatted(Instant.now().plusSeconds(3)))),
        refusal(403, "key_disabled", disabled(newKey(operator, "'daily_limit': 5"))),
        refusal(403, "tenant_disabled", ofADisabledTenant()),
        refusal(403, "missing_scope", by("'scopes': ['read']")),
        refusal(403, "address_not_allowed", by("'allowed_cidrs': ['198.51.100.0/24']")),
        refusal(403, "sender_not_allowed", by("'allowed_sender_domains': ['shop.example']")),
        refusal(403, "recipient_not_allowed", by("'allowed_recipient_domains': ['a.example']")),
        refusal(405, "method_not_allowed", () -> client.get(SEND)),
        refusal(
            413,
            "body_too_large",
            () -> client.send(MAIL.replace("Hello Bob.", "x".repeat(1024 * 1024)))),
        refusal(
            415,
            "unsupported_media_type",
            () ->
                client.call("POST", SEND, HttpRequest.BodyPublishers.ofString(MAIL), "text/plain")),
        refusal(422, "validation_failed", () -> client.send("{}")),
        refusal(
            422,
            "idempotency_key_reused",
            () -> decided(other, QuotaDecided.Verdict.KEY_REUSED, UUID.randomUUID().toString())),
        refusal(
            429,
            "quota_exceeded",
            () -> decided(other, QuotaDecided.Verdict.REJECTED, UUID.randomUUID().toString())),
        refusal(429, "quota_exceeded", overItsLimit("'daily_limit': 6", false)),
        refusal(429, "rate_limited", overItsLimit("'daily_limit': 7", true)));
  }

  private static Arguments refusal(int status, String code, Supplier<Client.Answer> call) {
    return arguments(status, code, call);
  }

  private Supplier<Client.Answer> by(String fields) {
    Client holder = client.with(newKey(operator, fields).text("api_key"));
    return () -> holder.send(MAIL);
  }

  private Supplier<Client.Answer> disabled(Client.Answer key) {
    operator.call("PATCH", "/api/v1/admin/api-keys/" + key.text("id"), "{\"enabled\": false}");
    return () -> client.with(key.text("api_key")).send(MAIL);
  }

  private Supplier<Client.Answer> ofADisabledTenant() {
    String tenant = "t-" + UUID.randomUUID();
    String tenants = "/api/v1/admin/tenants";
    operator.call("POST", tenants, "{\"id\": \"%s\", \"name\": \"%s\"}".formatted(tenant, tenant));
    Supplier<Client.Answer> call = by("'tenant': '%s'".formatted(tenant));
    operator.call("PATCH", tenants + "/" + tenant, "{\"enabled\": false}");
    return call;
  }

  private Client.Answer decided(Client sender, QuotaDecided.Verdict verdict, String key) {
    quota.answer(request -> Optional.of(Quota.decided(request, verdict)));
    return sender.send(MAIL, "Idempotency-Key", key);
  }

  /** Refused by intake itself: what may be a repeat only when too many of those have come. */
  private Supplier<Client.Answer> overItsLimit(String fields, boolean repeats) {
    Client sender = client.with(newKey(operator, fields).text("api_key"));
    return () -> {
      decided(sender, QuotaDecided.Verdict.REJECTED, "a");
      return repeats ? sender.send(MAIL, "Idempotency-Key", "b") : sender.send(MAIL);
    };
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("refusals")
  void saysThatNothingWasCharged(int status, String code, Supplier<Client.Answer> call) {
    var answer = await().until(call::get, refused -> refused.text("code").equals(code));

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body().path("charged").isBoolean()).isTrue();
    assertThat(answer.body().path("charged").asBoolean()).isFalse();
  }
}
