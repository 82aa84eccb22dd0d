package io.tallypost.audit.log;

import static io.tallypost.audit.log.Lives.decided;
import static io.tallypost.audit.log.Lives.deferred;
import static io.tallypost.audit.log.Lives.delivered;
import static io.tallypost.audit.log.Lives.failed;
import static io.tallypost.audit.log.Lives.greylisted;
import static io.tallypost.audit.log.Lives.refused;
import static io.tallypost.audit.log.Lives.took;
import static io.tallypost.events.Examples.ACME;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.MAIL;
import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.QuotaDecided.Verdict;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.ApiContract;
import io.tallypost.kit.testing.ApiDescription;
import io.tallypost.kit.testing.LoopContract;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the whole service shows of a message, to whom, and how often. */
class AuditServiceIT extends WholeServiceIT {
  @Test
  void slowsAKeyThatCallsTheAdminApiTooOftenAndNobodyElse() {
    var api = new ApiContract(context);
    String busy = service.key(ACME, Scope.OPERATOR, Scope.READ);
    String path = "/api/v1/admin/replays";
    for (int i = 0; i < 100; i++) {
      assertThat(api.call("GET", path, busy).statusCode()).isEqualTo(200);
    }

    var refused = api.call("GET", path, busy);

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.body()).contains("rate_limited");
    assertThat(refused.headers().firstValueAsLong("Retry-After").orElseThrow()).isBetween(1L, 60L);
    assertThat(api.call("GET", "/api/v1/messages", busy).statusCode()).isEqualTo(200);
    assertThat(api.call("GET", path, service.key(ACME, Scope.OPERATOR)).statusCode())
        .isEqualTo(200);
  }

  @Test
  void aKeyReadsOnlySoOftenInAMinute() {
    String other = service.key(ACME, Scope.READ);

    // Two minutes' worth: wherever the minute ends, one of them is full.
    List<Integer> statuses =
        IntStream.rangeClosed(0, 2 * READS_PER_MINUTE)
            .mapToObj(n -> service.get("/api/v1/nothing", reader).statusCode())
            .takeWhile(status -> status != 429)
            .toList();

    assertThat(statuses).hasSizeBetween(READS_PER_MINUTE, 2 * READS_PER_MINUTE).containsOnly(404);
    var refused = service.get("/api/v1/nothing", reader);
    assertThat(AuditService.json(refused).path("code").asString()).isEqualTo("rate_limited");
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    assertThat(service.get("/api/v1/nothing", other).statusCode()).isEqualTo(404);
  }

  @Test
  void tellsTheWholeLifeOfAMessage() {
    service.send(
        request,
        decided(request, Verdict.APPROVED),
        deferred(request, 0, 1, true, took(BOB), greylisted(CAROL)),
        delivered(request, 0, 2, took(CAROL)));

    var body = service.awaitStatus(id, reader, "delivered");

    assertThat(body.path("id").asString()).isEqualTo(id.toString());
    assertThat(body.path("internet_message_id").asString()).isEqualTo("<" + id + "@acme.example>");
    assertThat(body.path("from").asString()).isEqualTo("Alice of Acme <alice@acme.example>");
    assertThat(body.path("subject").asString()).isEqualTo(MAIL.subject());
    assertThat(body.path("tenant").asString()).isEqualTo("acme");
    assertThat(body.path("mode").asString()).isEqualTo("live");
    assertThat(body.path("lane").asString()).isEqualTo("transactional");
    assertThat(Instant.parse(body.path("accepted_at").asString())).isEqualTo(now);
    assertThat(body.path("trace_id").asString()).isEqualTo(Wire.TRACE_ID);
    assertThat(body.path("request_id").asString()).isEqualTo(Wire.REQUEST_ID);
    assertThat(body.path("links").path("self").asString()).endsWith("/api/v1/messages/" + id);
    assertThat(body.path("recipients").size()).isEqualTo(2);
    var bob = body.path("recipients").path(0);
    assertThat(bob.path("address").asString()).isEqualTo(BOB.value());
    assertThat(bob.path("kind").asString()).isEqualTo("to");
    assertThat(bob.path("status").asString()).isEqualTo("delivered");
    assertThat(bob.path("smtp_code").asInt()).isEqualTo(250);
    assertThat(bob.path("enhanced_code").asString()).isEqualTo("2.1.5");
    assertThat(bob.path("reply").asString()).isEqualTo("Ok");
    assertThat(bob.path("relay").asString()).isEqualTo("default");
    assertThat(bob.path("attempt").asInt()).isEqualTo(1);
    assertThat(body.path("timeline").valueStream().map(step -> step.path("event").asString()))
        .containsExactly("requested", "approved", "deferred", "delivered");
    var deferral = body.path("timeline").path(2);
    assertThat(deferral.path("smtp_reply").asString()).isEqualTo("451 4.7.1 Greylisted");
    assertThat(deferral.path("trace_id").asString()).isEqualTo(Wire.TRACE_ID);
    assertThat(deferral.has("due_at")).isTrue();
  }

  @Test
  void logsTheEndOfAMessageInItsTrace() {
    var remarks = new ListAppender<ILoggingEvent>();
    remarks.start();
    var logger = (Logger) LoggerFactory.getLogger(Remarks.class);
    logger.addAppender(remarks);
    try {
      service.send(request, delivered(request, 0, 1, took(BOB), took(CAROL)));

      await()
          .until(() ->
              List.copyOf(remarks.list).stream()
                  .filter(line -> line.getKeyValuePairs().toString().contains(id.toString()))
                  .anyMatch(line -> line.getMDCPropertyMap().containsValue(Wire.TRACE_ID)));
    } finally {
      logger.detachAppender(remarks);
    }
  }

  @Test
  void keepsARowPerRecipientWithKeySenderSubjectAndSuccess() {
    service.send(
        request,
        decided(request, Verdict.APPROVED),
        failed(request, 0, 1, Category.PERMANENT, List.of(CAROL), took(BOB), refused(CAROL)));
    service.awaitStatus(id, reader, "partially_delivered");

    var rows =
        jdbc.queryForList(
            """
            SELECT recipient, kind, api_key_id, from_address, subject, success, smtp_code, reply, attempt
            FROM audit.message_recipient WHERE message_id = ?::uuid ORDER BY position
            """,
            id.toString());

    assertThat(rows).hasSize(2);
    assertThat(rows.getFirst())
        .containsEntry("recipient", BOB.value())
        .containsEntry("api_key_id", request.context().apiKeyId().value())
        .containsEntry("from_address", "alice@acme.example")
        .containsEntry("subject", MAIL.subject())
        .containsEntry("success", true);
    assertThat(rows.getLast())
        .containsEntry("kind", "cc")
        .containsEntry("success", false)
        .containsEntry("smtp_code", 550)
        .containsEntry("reply", "No such user");
  }

  @Test
  void showsTheSameForEventsInReverseAndTwice() {
    var delivered = delivered(request, 0, 1, took(BOB), took(CAROL));
    var approved = decided(request, Verdict.APPROVED);
    service.send(delivered, approved, delivered, request, approved, request, delivered);

    var body = service.awaitStatus(id, reader, "delivered");
    await().until(() -> AuditService.json(service.get(id, reader)).path("timeline").size() == 3);

    assertThat(body.path("recipients").size()).isEqualTo(2);
    assertThat(count("message", id)).isEqualTo(1);
    assertThat(count("message_recipient", id)).isEqualTo(2);
    assertThat(count("timeline", id)).isEqualTo(3);
  }

  @Test
  void showsADecisionWhoseRequestIsNotThereYet() {
    service.send(decided(request, Verdict.REJECTED));

    var body = service.awaitStatus(id, reader, "rejected");

    assertThat(body.path("rejected_by").path(0).asString()).isEqualTo("key_day");
    assertThat(body.path("timeline").path(0).path("policies").path(0).path("limit").asInt())
        .isEqualTo(10);
    assertThat(body.has("subject")).isFalse();
  }

  @Test
  void hidesAMessageFromOtherTenantsButNotFromOperators() {
    service.send(request);
    service.awaitStatus(id, reader, "queued");
    var other = new TenantId("umbrella");

    var stranger = service.get(id, service.key(other, Scope.READ, Scope.SEND));

    assertThat(stranger.statusCode()).isEqualTo(404);
    assertThat(AuditService.json(stranger).path("code").asString()).isEqualTo("message_not_found");
    assertThat(service.get(id, service.key(other, Scope.OPERATOR)).statusCode()).isEqualTo(200);
    assertThat(service.get(id, service.key(ACME, Scope.SEND)).statusCode()).isEqualTo(200);
  }

  @Test
  void guardsAndDescribesEveryEndpoint() throws Exception {
    service.send(request);
    service.awaitStatus(id, reader, "queued");
    var api = new ApiContract(context);

    Map<String, String> live = Map.of("/api/v1/messages/{id}", "/api/v1/messages/" + id);
    api.assertGuarded(live, Scope.READ);
    api.assertApartByMode(ACME, live, Set.of("GET /api/v1/messages"));
    api.assertReadsAndAnswersJsonOnly();
    new ApiDescription("audit-service", api).assertUpToDate();
  }

  @Test
  void noLoopDiesUnnoticed() {
    LoopContract.seesEachDeath(
        context,
        "audit-consumer",
        "replay-runner-1",
        "replay-runner-2",
        "replay-runner-3",
        "replay-runner-4",
        "retention",
        "sweep");
  }

  @Test
  void hasARuleForEveryEndpoint() {
    new ApiContract(context)
        .assertRuled(
            "audit-service", Map.of("/api/v1/messages/{id}", "/api/v1/messages/" + id), Map.of());
  }

  @Test
  void answersUnknownAndMalformedIdsAlikeAndAsksForAKeyWithTheScope() {
    var unknown = service.get(MessageId.next(now), reader);
    var malformed = service.get("/api/v1/messages/1-1-1-1-1", reader);

    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(malformed.statusCode()).isEqualTo(404);
    assertThat(service.get(id, "nonsense").statusCode()).isEqualTo(401);
    assertThat(service.get(id, service.key(ACME, Scope.ADMIN)).statusCode()).isEqualTo(403);
  }

  @Test
  void isReadyAndShowsItsMetricsAtZero() {
    await().until(() -> service.manage("/health/readiness").statusCode() == 200);

    assertThat(service.manage("/health/liveness").statusCode()).isEqualTo(200);
    for (String topic : AuditMetrics.TOPICS) {
      assertThat(metric("tallypost_audit_records_total", topic)).isNotNegative();
      assertThat(metric("tallypost_audit_unreadable_total", topic)).isNotNegative();
    }
  }
}
