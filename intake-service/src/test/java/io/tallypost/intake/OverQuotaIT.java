package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.SendRequested;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** A sender whose limit is used up does not fill the topics. */
class OverQuotaIT extends IntakeIT {
  private static final String MAIL =
      """
      {"to": "bob@example.org", "subject": "Hello", "text": "Hello Bob."}
      """;

  @Autowired private MeterRegistry metrics;
  private Client.Answer key;
  private Client sender;

  @BeforeEach
  void refuseEverythingBut() {
    key = newKey(operator, "'daily_limit': 7, 'default_from': 'a@acme.example'");
    sender = client.with(key.text("api_key"));
    quota.answer(request -> Optional.of(Quota.decided(request, QuotaDecided.Verdict.REJECTED)));
  }

  @Test
  void refusesAsQuotaDidWithoutARecord() {
    var first = sender.send(MAIL);
    double before = refused();

    var second = sender.send(MAIL);
    var async = sender.send(MAIL, "Prefer", "respond-async");

    assertThat(first.status()).isEqualTo(429);
    for (var answer : List.of(second, async)) {
      assertThat(answer.status()).isEqualTo(429);
      for (String field : List.of("type", "title", "status", "code", "detail", "violations")) {
        assertThat(answer.body().path(field)).as(field).isEqualTo(first.body().path(field));
      }
      for (String header :
          List.of("RateLimit-Policy", "X-RateLimit-Limit", "X-RateLimit-Remaining")) {
        assertThat(answer.header(header)).as(header).isEqualTo(first.header(header));
      }
      assertThat(Long.parseLong(answer.header("Retry-After"))).isBetween(1L, 86_400L);
      assertThat(answer.header("RateLimit")).matches("\"key_day\";r=0;t=\\d+");
      assertThat(answer.body().has("id")).as("nothing is kept of it").isFalse();
    }
    assertThat(refused() - before).isEqualTo(2);
    assertThat(sender.send(MAIL, "Idempotency-Key", UUID.randomUUID().toString()).status())
        .isEqualTo(429);
    assertThat(published()).hasSize(2);
  }

  @Test
  void asksQuotaAboutAMailWithAKeyThatMayBeARepeat() {
    String repeat = UUID.randomUUID().toString();
    quota.answer(Quota.APPROVING);
    var approved = sender.send(MAIL, "Idempotency-Key", repeat);
    quota.answer(request -> Optional.of(Quota.decided(request, QuotaDecided.Verdict.REJECTED)));
    assertThat(sender.send(MAIL).status()).isEqualTo(429);
    quota.answer(request -> Optional.of(Quota.decided(request, QuotaDecided.Verdict.REPLAYED)));

    var replayed = sender.send(MAIL, "Idempotency-Key", repeat);

    assertThat(replayed.status()).isEqualTo(202);
    assertThat(replayed.text("id")).isEqualTo(approved.text("id"));
    assertThat(replayed.header("Idempotent-Replayed")).isEqualTo("true");
    assertThat(sender.send(MAIL).status()).isEqualTo(429);
  }

  /** Else whoever is over the limit fills the topics with a new key for each mail. */
  @Test
  void asksQuotaSeldomAboutMailThatMayBeARepeat() {
    String repeat = UUID.randomUUID().toString();
    quota.answer(Quota.APPROVING);
    assertThat(sender.send(MAIL, "Idempotency-Key", repeat).status()).isEqualTo(202);
    quota.answer(request -> Optional.of(Quota.decided(request, QuotaDecided.Verdict.REJECTED)));
    assertThat(sender.send(MAIL).status()).isEqualTo(429);
    quota.answer(request -> Optional.of(Quota.decided(request, QuotaDecided.Verdict.REPLAYED)));
    assertThat(sender.send(MAIL, "Idempotency-Key", repeat).status()).isEqualTo(202);
    quota.answer(request -> Optional.of(Quota.decided(request, QuotaDecided.Verdict.REJECTED)));
    int before = published().size();

    List<Client.Answer> answers =
        Stream.generate(() -> sender.send(MAIL, "Idempotency-Key", UUID.randomUUID().toString()))
            .limit(50)
            .toList();

    assertThat(answers).allSatisfy(answer -> assertThat(answer.status()).isEqualTo(429));
    var last = answers.getLast();
    assertThat(last.text("code")).isEqualTo("rate_limited");
    assertThat(Long.parseLong(last.header("Retry-After"))).isBetween(1L, 60L);
    // Ten a minute; a minute may end in between.
    assertThat(published().size() - before).isBetween(1, 20);
  }

  /** Else a client that gives each mail a key would keep itself from the answers that it missed. */
  @Test
  void asksQuotaAboutTheRepeatOfAnApprovedMailHoweverManyOthersMayBeOne() {
    String repeat = UUID.randomUUID().toString();
    quota.answer(Quota.APPROVING);
    var approved = sender.send(MAIL, "Idempotency-Key", repeat);
    quota.answer(request ->
        Optional.of(
            Quota.decided(
                request,
                request.messageId().toString().equals(approved.text("id"))
                    ? QuotaDecided.Verdict.REPLAYED
                    : QuotaDecided.Verdict.REJECTED)));
    assertThat(sender.send(MAIL).status()).isEqualTo(429);
    await()
        .until(() ->
            sender
                .send(MAIL, "Idempotency-Key", UUID.randomUUID().toString())
                .text("code")
                .equals("rate_limited"));

    for (int i = 0; i < 20; i++) {
      var replayed = sender.send(MAIL, "Idempotency-Key", repeat);
      assertThat(replayed.status()).isEqualTo(202);
      assertThat(replayed.text("id")).isEqualTo(approved.text("id"));
      assertThat(replayed.header("Idempotent-Replayed")).isEqualTo("true");
    }
  }

  @Test
  void asksQuotaAgainAtOnceWhenALimitIsChanged() {
    assertThat(sender.send(MAIL).status()).isEqualTo(429);
    quota.answer(Quota.APPROVING);
    assertThat(sender.send(MAIL).status()).isEqualTo(429);

    operator.call("PATCH", "/api/v1/admin/api-keys/" + key.text("id"), "{\"daily_limit\": 8}");

    assertThat(sender.send(MAIL).status()).isEqualTo(202);
  }

  @Test
  void asksQuotaAfterAMailThatWasTooLargeForWhatIsLeft() {
    quota.answer(request -> Optional.of(tooLarge(request)));
    assertThat(sender.send(MAIL).status()).isEqualTo(429);
    quota.answer(Quota.APPROVING);

    assertThat(sender.send(MAIL).status()).isEqualTo(202);
  }

  @Test
  void hearsTheVerdictsOfThoseWhoDoNotWait() {
    assertThat(sender.send(MAIL, "Prefer", "respond-async").status()).isEqualTo(202);

    await().until(() -> sender.send(MAIL, "Prefer", "respond-async").status() == 429);
  }

  @Test
  void namesFaultsFirst() {
    assertThat(sender.send(MAIL).status()).isEqualTo(429);

    assertThat(sender.send("{}").status()).isEqualTo(422);
  }

  @Test
  void refusesNoOtherKeyOfTheTenant() {
    assertThat(sender.send(MAIL).status()).isEqualTo(429);
    quota.answer(Quota.APPROVING);

    assertThat(client.with(newKey(7)).send(MAIL).status()).isEqualTo(202);
  }

  /** Six of seven are left, and not enough. */
  private static QuotaDecided tooLarge(SendRequested request) {
    var approved = Quota.decided(request, QuotaDecided.Verdict.APPROVED);
    return new QuotaDecided(
        approved.context(), QuotaDecided.Verdict.REJECTED, 7, approved.policies(), null);
  }

  private List<SendRequested> published() {
    return quota.requests().stream()
        .map(Quota::event)
        .filter(request -> request.context().apiKeyId().value().equals(key.text("id")))
        .toList();
  }

  private double refused() {
    return metrics
        .get("tallypost.messages.refused")
        .tag("policy", "key_day")
        .tag("tenant", "default")
        .counter()
        .count();
  }
}
