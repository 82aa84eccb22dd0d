package io.tallypost.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.client.Client;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** One message is one trace, from the caller's span to the relay, whatever becomes of it. */
class TraceIT {
  private static final TallypostStack STACK = TallypostStack.running();
  private static final String TRACE_ID = UUID.randomUUID().toString().replace("-", "");
  private static final String CALLER = "00f067aa0ba902b7";

  /** What each mail goes through that is taken at once. */
  private static final Map<String, Integer> DELIVERED =
      Map.of(
          "http post /api/v1/send", 1,
          "publish mail.requests.v1", 1,
          "quota decide", 1,
          "decide quota", 1,
          "publish mail.decisions.v1", 1,
          "publish mail.approved.v1", 1,
          "mail deliver", 1,
          "smtp send", 1,
          "publish mail.outcomes.v1", 1,
          "audit write", 3);

  private final Instant began = Instant.now().minusSeconds(1);

  @AfterEach
  void acceptEverything() {
    STACK.sink().follow(SmtpScript.ACCEPT);
  }

  @Test
  void oneTraceIdIsInTheAnswerTheMailTheTimelineAndTheLogs() {
    Client client = Client.withLimit(STACK, "trace", 10);

    Client.Answer answer =
        client.post(
            "/api/v1/send",
            mail("bob@example.org"),
            "traceparent",
            "00-" + TRACE_ID + "-" + CALLER + "-01",
            "X-Request-ID",
            "order-4711");

    assertThat(answer.body().path("trace_id").asString()).isEqualTo(TRACE_ID);
    String id = answer.body().path("id").asString();
    JsonNode message = client.awaitStatus(id, "delivered");
    assertThat(message.path("trace_id").asString()).isEqualTo(TRACE_ID);
    assertThat(message.path("request_id").asString()).isEqualTo("order-4711");
    assertThat(message.path("links").path("trace").asString())
        .isEqualTo(TallypostStack.UI + "/trace/" + TRACE_ID);
    assertThat(message.path("timeline").size()).isGreaterThanOrEqualTo(3);
    for (JsonNode entry : message.path("timeline")) {
      assertThat(entry.path("trace_id").asString()).as(entry.toString()).isEqualTo(TRACE_ID);
    }
    var received =
        Received.byInternetMessageId(STACK, answer.body().path("internet_message_id").asString());
    assertThat(received).hasSize(1);
    assertThat(received.get(0).header("X-Tallypost-Trace")).hasValue(TRACE_ID);
    for (String role : List.of("intake", "quota", "worker", "audit")) {
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() ->
              assertThat(STACK.log(role))
                  .as(role)
                  .anyMatch(line ->
                      line.contains("\"trace_id\":\"" + TRACE_ID)
                          && line.contains("\"message_id\":\"" + id)
                          && line.contains("\"request_id\":\"order-4711\"")
                          && line.contains("\"tenant_id\":\"default\"")
                          && line.contains("\"api_key_id\":\"" + client.keyId())
                          && line.contains("\"span_id\":")));
    }
    var spans = awaitSpans(TRACE_ID, DELIVERED);
    assertThat(roots(spans)).singleElement().matches(root -> root.parentId().equals(CALLER));
  }

  @Test
  void aDeliveredMailsSpansSayWhereItWas() {
    var sent = send(Client.withLimit(STACK, "delivered", 10), "bob@example.org", "delivered");

    var spans = awaitSpans(sent.trace(), DELIVERED);

    assertConnected(spans);
    TraceSpan http = one(spans, "http post /api/v1/send");
    assertThat(http.kind()).isEqualTo("server");
    assertThat(http.service()).isEqualTo("intake-service");
    assertThat(http.attributes())
        .containsEntry("http.request.method", "POST")
        .containsEntry("http.route", "/api/v1/send")
        .containsEntry("http.response.status_code", "202")
        .containsKeys("server.address", "tallypost.request_id");
    TraceSpan published = one(spans, "publish mail.requests.v1");
    assertThat(published.kind()).isEqualTo("producer");
    assertThat(published.attributes())
        .containsEntry("messaging.system", "kafka")
        .containsEntry("messaging.destination.name", "mail.requests.v1")
        .containsEntry("messaging.operation.type", "send")
        .containsEntry("tallypost.message_id", sent.id());
    TraceSpan decided = one(spans, "quota decide");
    assertThat(decided.kind()).isEqualTo("consumer");
    assertThat(decided.service()).isEqualTo("quota-service");
    assertThat(decided.attributes())
        .containsEntry("messaging.operation.type", "process")
        .containsEntry("tallypost.verdict", "approved")
        .containsEntry("tallypost.message_id", sent.id());
    assertThat(one(spans, "decide quota").attribute("db.system.name")).isEqualTo("postgresql");
    TraceSpan smtp = one(spans, "smtp send");
    assertThat(smtp.kind()).isEqualTo("client");
    assertThat(smtp.attributes())
        .containsEntry("server.address", STACK.sink().host())
        .containsEntry("server.port", Integer.toString(STACK.sink().port()))
        .containsEntry("tallypost.smtp.reply_code", "250")
        .containsEntry("tallypost.recipient_count", "1")
        .containsKey("tallypost.relay");
    assertThat(smtp.events())
        .containsSubsequence(
            "smtp.connection_taken", "smtp.mail", "smtp.rcpt", "smtp.data", "smtp.reply");
    assertThat(spans).extracting(TraceSpan::service).contains("delivery-worker", "audit-service");
  }

  @Test
  void aMailThatIsDeferredTwiceIsOneTraceWithThreeAttempts() {
    var tries = new AtomicInteger();
    STACK
        .sink()
        .follow(stage ->
            isRecipient(stage, "grey@trace.example") && tries.incrementAndGet() <= 2
                ? SmtpAnswer.reply(451, "4.7.1 try again later")
                : SmtpAnswer.accept());
    var sent = send(Client.withLimit(STACK, "deferred", 10), "grey@trace.example", "delivered");

    var spans =
        awaitSpans(
            sent.trace(),
            with(
                DELIVERED,
                Map.of(
                    "mail deliver", 3,
                    "smtp send", 3,
                    "publish mail.outcomes.v1", 3,
                    "publish mail.retry.1s.v1", 1,
                    "publish mail.retry.2s.v1", 1,
                    "retry move", 2,
                    "publish mail.approved.v1", 3,
                    "audit write", 5)));

    assertConnected(spans);
    assertThat(spans.stream().filter(span -> span.isCalled("smtp send")))
        .extracting(span -> span.attribute("tallypost.smtp.reply_code"))
        .containsExactlyInAnyOrder("451", "451", "250");
    assertOneTraceparentEach(sent, 10);
  }

  @Test
  void aRejectedMailsTraceEndsAtTheDecision() {
    Client poor = Client.withLimit(STACK, "poor", 1);
    Client.Answer refused =
        poor.send(
            Map.of(
                "to",
                List.of("a@example.org", "b@example.org"),
                "subject",
                "traced",
                "text",
                "hi"));
    assertThat(refused.status()).isEqualTo(429);

    var spans =
        awaitSpans(
            refused.body().path("trace_id").asString(),
            Map.of(
                "http post /api/v1/send", 1,
                "publish mail.requests.v1", 1,
                "quota decide", 1,
                "decide quota", 1,
                "publish mail.decisions.v1", 1,
                "audit write", 2));

    assertConnected(spans);
    assertThat(one(spans, "quota decide").attribute("tallypost.verdict")).isEqualTo("rejected");
    assertThat(one(spans, "http post /api/v1/send").attribute("http.response.status_code"))
        .isEqualTo("429");
  }

  @Test
  void aMailThatWasDeferredDiedAndWasReplayedIsStillOneTrace() {
    var tries = new AtomicInteger();
    STACK
        .sink()
        .follow(stage -> {
          if (!isRecipient(stage, "bob@replay-trace.example")) {
            return SmtpAnswer.accept();
          }
          return tries.incrementAndGet() == 1
              ? SmtpAnswer.reply(451, "4.7.1 try again later")
              : SmtpAnswer.reply(550, "5.1.1 no such user");
        });
    Client client = Client.withLimit(STACK, "replayed", 10);
    var sent = send(client, "bob@replay-trace.example", "failed");
    STACK.sink().follow(SmtpScript.ACCEPT);
    Client operator = Client.operator(STACK);
    Map<String, Object> filter = Map.of("recipient_domain", "replay-trace.example");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                operator
                    .post("/api/v1/admin/replays", Map.of("filter", filter, "dry_run", true))
                    .body()
                    .path("total")
                    .asInt(),
            total -> total == 1);

    assertThat(operator.post("/api/v1/admin/replays", Map.of("filter", filter)).status())
        .isEqualTo(201);
    client.awaitStatus(sent.id(), "delivered");

    var spans =
        awaitSpans(
            sent.trace(),
            with(
                DELIVERED,
                Map.of(
                    "mail deliver", 3,
                    "smtp send", 3,
                    "publish mail.outcomes.v1", 3,
                    "publish mail.retry.1s.v1", 1,
                    "retry move", 1,
                    "publish mail.approved.v1", 2,
                    "publish mail.dead-letter.v1", 1,
                    "dead letter replay", 1,
                    // Requested, decided, deferred, failed, the letter, its replay, delivered.
                    "audit write", 7)));
    assertConnected(spans);
    TraceSpan replay = one(spans, "dead letter replay");
    assertThat(spans)
        .anyMatch(span -> span.isCalled("mail deliver") && span.parentId().equals(replay.spanId()));
    assertOneTraceparentEach(sent, 11);
  }

  private record Sent(String id, String trace) {}

  private static Sent send(Client client, String recipient, String end) {
    Client.Answer answer = client.send(mail(recipient));
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(202);
    var sent =
        new Sent(answer.body().path("id").asString(), answer.body().path("trace_id").asString());
    client.awaitStatus(sent.id(), end);
    return sent;
  }

  private static Map<String, Object> mail(String recipient) {
    return Map.of("to", recipient, "subject", "traced", "text", "hi");
  }

  private static boolean isRecipient(SmtpStage stage, String address) {
    return stage instanceof SmtpStage.Recipient to && to.address().equals(address);
  }

  /** All spans of a trace, once there are just as many of each name as expected. */
  private static List<TraceSpan> awaitSpans(String trace, Map<String, Integer> expected) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> {
          Map<String, Integer> names = new HashMap<>();
          STACK.traces().of(trace).forEach(span -> names.merge(span.name(), 1, Integer::sum));
          assertThat(names).isEqualTo(expected);
        });
    return STACK.traces().of(trace);
  }

  private static List<TraceSpan> roots(List<TraceSpan> spans) {
    Set<String> ids = new HashSet<>();
    spans.forEach(span -> ids.add(span.spanId()));
    return spans.stream().filter(span -> !ids.contains(span.parentId())).toList();
  }

  /** Each span's parent is there, but for the request's, which has none. */
  private static void assertConnected(List<TraceSpan> spans) {
    assertThat(roots(spans))
        .singleElement()
        .matches(root -> root.parentId().isEmpty() && root.isCalled("http post /api/v1/send"));
  }

  private static TraceSpan one(List<TraceSpan> spans, String name) {
    var found = spans.stream().filter(span -> span.isCalled(name)).toList();
    assertThat(found).as(name).hasSize(1);
    return found.getFirst();
  }

  private static Map<String, Integer> with(Map<String, Integer> some, Map<String, Integer> more) {
    Map<String, Integer> all = new HashMap<>(some);
    all.putAll(more);
    return all;
  }

  /** On each of the message's records, all topics together. */
  private void assertOneTraceparentEach(Sent sent, int records) {
    var found = Records.of(STACK, began, sent.id()::equals);
    for (var record : found) {
      assertThat(record.headers().headers("traceparent"))
          .as(record.topic())
          .singleElement()
          .extracting(header -> new String(header.value(), UTF_8))
          .asString()
          .contains(sent.trace());
    }
    assertThat(found).hasSize(records);
  }
}
