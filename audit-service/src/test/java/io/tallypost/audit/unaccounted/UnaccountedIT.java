package io.tallypost.audit.unaccounted;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.log.Wire;
import io.tallypost.audit.operator.NewestFirst;
import io.tallypost.audit.operator.Operator;
import io.tallypost.audit.operator.OperatorIT;
import io.tallypost.audit.operator.OperatorKafka;
import io.tallypost.audit.operator.PostgresFault;
import io.tallypost.audit.operator.Upstream;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.testing.Committed;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Messages that nothing has been heard of are found, and start again. */
class UnaccountedIT extends OperatorIT {
  private static final String UNACCOUNTED = "/api/v1/admin/unaccounted";

  @Autowired private ApplicationContext context;
  @Autowired private Sweep sweep;
  @Autowired private UnaccountedMessages messages;
  private Operator operator;
  private Upstream upstream;
  private final Instant longAgo = Instant.now().minus(Duration.ofHours(2));

  @BeforeEach
  void operator() {
    operator = Operator.of(context);
    upstream = operator.upstream();
  }

  @Test
  void findsThoseWithoutAnEndThatWaitForNothing() {
    SendRequested undecided = upstream.accept(upstream.request(longAgo, BOB));
    SendRequested approved = upstream.accept(upstream.request(longAgo, BOB));
    upstream.approve(approved);
    SendRequested young = upstream.accept(upstream.request(BOB));
    SendRequested waiting = upstream.accept(upstream.request(longAgo, BOB));
    defer(waiting, Instant.now().plusSeconds(3600), BOB);
    SendRequested overdue = upstream.accept(upstream.request(longAgo, BOB));
    defer(overdue, longAgo.plusSeconds(60), BOB);
    SendRequested dead = upstream.request(longAgo, BOB);
    upstream.die(dead, Category.PERMANENT, 550, 0);
    operator.awaitStatus(undecided, "queued");
    operator.awaitStatus(approved, "approved");
    operator.awaitStatus(young, "queued");
    operator.awaitStatus(waiting, "deferred");
    operator.awaitStatus(overdue, "deferred");
    operator.awaitStatus(dead, "failed");

    assertThat(missed())
        .containsExactlyInAnyOrder(
            undecided.messageId().toString(),
            approved.messageId().toString(),
            overdue.messageId().toString());
    sweep.look();
    assertThat(operator.metrics())
        .containsPattern("tallypost_unaccounted_messages ([3-9]|[1-9][0-9])")
        .containsPattern("tallypost_dead_letters_waiting\\{category=\"permanent\"} [1-9]")
        .contains("tallypost_dead_letters_waiting{category=\"relay-config\"}");
  }

  @Test
  void findsAMessageWithoutReadingItsRepeats() {
    SendRequested lost = upstream.accept(upstream.request(longAgo, BOB));
    upstream.approve(lost);
    upstream.repeat(lost, 300);
    operator.awaitEvents(lost, 2 + 2 * 300);
    List<UnaccountedMessage> found = new ArrayList<>();
    var first = new Page<>(50, NewestFirst.START);

    long read =
        operator.timelineRowsReadBy(() -> found.addAll(messages.page(operator.tenant(), first)));

    assertThat(found).extracting(UnaccountedMessage::id).containsExactly(lost.messageId().value());
    assertThat(read).isLessThan(50);
  }

  /** Its verdict was lost, that on the repeat was not. */
  @Test
  void missesAnUndecidedMessageThatItsSenderHasRepeated() {
    SendRequested request = upstream.accept(upstream.request(longAgo, BOB));
    upstream.repeat(request, 3);
    operator.awaitEvents(request, 1 + 2 * 3);

    assertThat(missed()).containsExactly(request.messageId().toString());
    assertThat(redrive(ofTenant()).path("redriven").asInt()).isEqualTo(1);
  }

  @Test
  void givesAnUndecidedMessageToQuotaAgain() {
    SendRequested request = upstream.accept(upstream.request(longAgo, BOB));
    operator.awaitStatus(request, "queued");

    JsonNode done = redrive(ofTenant());

    assertThat(done.path("redriven").asInt()).isEqualTo(1);
    assertThat(done.path("remaining").asInt()).isZero();
    var records = Committed.on(Topics.REQUESTS, request.messageId().toString());
    assertThat(records).hasSize(2);
    assertThat(records.getLast().value()).isEqualTo(EventJson.write(request));
    assertThat(RecordHeaders.of(records.getLast().headers()).text(RecordHeaders.ORIGIN))
        .contains("redrive");
    await().until(() -> operator.timeline(request).contains("redriven"));
    assertThat(operator.message(request).path("status").asString()).isEqualTo("queued");
    assertThat(missed()).isEmpty();
    upstream.approve(request);
    operator.awaitStatus(request, "approved");
    assertThat(operator.adminLog(request.messageId().toString()))
        .containsOnlyOnce("message.redriven")
        .containsOnly("message.redriven", "message.read");
  }

  @Test
  void sendsAnApprovedMessageOnToThoseWhoDoNotHaveIt() throws Exception {
    SendRequested request = upstream.accept(upstream.request(longAgo, BOB, CAROL));
    defer(request, longAgo.plusSeconds(60), CAROL);
    operator.awaitStatus(request, "deferred");

    JsonNode done = redrive("{\"ids\":[\"%s\"]}".formatted(request.messageId()));
    JsonNode again = redrive("{\"ids\":[\"%s\"]}".formatted(request.messageId()));

    assertThat(done.path("redriven").asInt()).isEqualTo(1);
    assertThat(again.path("redriven").asInt()).isZero();
    assertThat(again.path("skipped").path(0).path("reason").asString())
        .isEqualTo("it is not unaccounted for");
    var records = Committed.on(Topics.APPROVED, request.messageId().toString());
    assertThat(records).hasSize(1);
    var headers = RecordHeaders.of(records.getFirst().headers());
    assertThat(headers.addresses(RecordHeaders.REMAINING_RECIPIENTS)).containsExactly(CAROL);
    assertThat(headers.count(RecordHeaders.ATTEMPT)).hasValue(1);
    assertThat(headers.instant(RecordHeaders.AGE_FROM).orElseThrow())
        .isAfter(Instant.now().minusSeconds(300));
    assertThat(headers.traceId()).contains(Wire.TRACE_ID);
    operator.awaitStatus(request, "approved");
  }

  @Test
  void redrivesNothingWhileTheLogIsBehind() {
    SendRequested request = upstream.accept(upstream.request(longAgo, BOB));
    upstream.approve(request);
    operator.awaitStatus(request, "approved");
    var projection = context.getBean("auditConsumer", SmartLifecycle.class);
    projection.stop();
    try {
      upstream.deliver(request, 0);

      var refused = operator.call("POST", UNACCOUNTED + "/redrive", ofTenant());

      assertThat(refused.statusCode()).as(refused.body()).isEqualTo(409);
      assertThat(refused.body()).contains("\"log_behind\"");
      assertThat(refused.headers().firstValue("Retry-After")).contains("30");
      assertThat(missed()).containsExactly(request.messageId().toString());
      assertThat(logBacklog()).isPositive();
    } finally {
      projection.start();
    }
    await().atMost(Duration.ofMinutes(1)).until(() -> logBacklog() == 0);

    JsonNode done = redrive(ofTenant());

    assertThat(done.path("redriven").asInt()).isZero();
    assertThat(missed()).isEmpty();
    assertThat(Committed.on(Topics.APPROVED, request.messageId().toString())).isEmpty();
  }

  /** Their markers take offsets, and so do the records of one that is rolled back. */
  @Test
  void isNotBehindWhereTransactionsLeaveNothingToRead() {
    SendRequested request = upstream.accept(upstream.request(longAgo, BOB));
    upstream.approve(request);
    operator.awaitStatus(request, "approved");
    SendRequested other = upstream.request(longAgo, CAROL);
    var producer =
        context.getBean(OperatorKafka.class).transactional("markers-" + other.messageId());
    producer.beginTransaction();
    var _ = producer.send(Upstream.record(Topics.OUTCOMES, other, "unread".getBytes(UTF_8)));
    producer.flush();
    assertThat(logBacklog()).isPositive();
    producer.abortTransaction();
    producer.close();

    await().atMost(Duration.ofMinutes(1)).until(() -> logBacklog() == 0);

    assertThat(redrive(ofTenant()).path("redriven").asInt()).isEqualTo(1);
    await().atMost(Duration.ofMinutes(1)).until(() -> logBacklog() == 0);
  }

  /** Kafka has committed by then, so the mail is on its way, and the log must tell of it. */
  @Test
  void saysThatAMessageIsRedrivenThoughPostgresLostTheCommit() {
    SendRequested request = upstream.accept(upstream.request(longAgo, BOB));
    operator.awaitStatus(request, "queued");
    String id = request.messageId().toString();

    try (var _ = PostgresFault.losesTheNextCommitAbout(operator.jdbc(), id)) {
      assertThat(redrive(ofTenant()).path("redriven").asInt()).isEqualTo(1);
      await().until(() -> operator.adminLog(id).contains("message.redriven"));
    }

    assertThat(Committed.on(Topics.REQUESTS, id)).hasSize(2);
    assertThat(operator.adminLog(id)).containsOnlyOnce("message.redriven");
    await().until(() -> missed().isEmpty());
  }

  @Test
  void saysWhatWasRedrivenBeforePostgresFailed() {
    List<SendRequested> requests =
        IntStream.range(0, 51)
            .mapToObj(_ -> upstream.accept(upstream.request(longAgo, BOB)))
            .toList();
    requests.forEach(request -> operator.awaitStatus(request, "queued"));
    SendRequested last = requests.getLast();
    String ids =
        requests.stream()
            .map(request -> "\"" + request.messageId() + "\"")
            .collect(Collectors.joining(","));

    JsonNode done;
    try (var _ = PostgresFault.refusesToWrite(operator.jdbc(), last)) {
      done = redrive("{\"ids\":[" + ids + "]}");
    }

    assertThat(done.path("redriven").asInt()).isEqualTo(50);
    assertThat(done.path("skipped").valueStream().map(one -> one.path("id").asString()))
        .containsExactly(last.messageId().toString());
    assertThat(done.path("skipped").path(0).path("reason").asString()).contains("redrive it again");
    assertThat(Committed.on(Topics.REQUESTS, last.messageId().toString())).hasSize(1);
    assertThat(operator.adminLog(last.messageId().toString())).doesNotContain("message.redriven");
  }

  @Test
  void leavesAMessageAloneWhoseRequestIsGone() {
    SendRequested request = upstream.request(longAgo, BOB);
    upstream.approve(request);
    operator.awaitStatus(request, "approved");

    JsonNode done = redrive("{\"ids\":[\"%s\"]}".formatted(request.messageId()));

    assertThat(done.path("skipped").path(0).path("reason").asString())
        .isEqualTo("its request is no longer in Kafka");
  }

  @Test
  void namesAllThatIsWrongWithARequest() {
    var wrong =
        operator.call(
            "POST",
            UNACCOUNTED + "/redrive",
            "{\"ids\":[\"1\"],\"filter\":{\"tenant\":\"A B\",\"x\":1},\"y\":1}");

    assertThat(wrong.statusCode()).isEqualTo(422);
    assertThat(wrong.body()).contains("/ids/0", "/filter/tenant", "/filter/x", "/y");
    assertThat(operator.call("GET", UNACCOUNTED + "?limit=x", null).statusCode()).isEqualTo(422);
  }

  /** The first attempt: all but this recipient have it. */
  private void defer(SendRequested request, Instant dueAt, EmailAddress open) {
    var results =
        request.mail().recipients().stream()
            .map(to ->
                to.equals(open)
                    ? new RecipientResult(
                        to,
                        RecipientResult.Status.DEFERRED,
                        new SmtpReply(451, null, "Later"),
                        null)
                    : new RecipientResult(
                        to, RecipientResult.Status.DELIVERED, new SmtpReply(250, null, "Ok"), null))
            .toList();
    var deferred =
        new DeliveryOutcome.Deferred(
            request.context().next(DeliveryOutcome.Deferred.TYPE, longAgo.plusSeconds(1), 0, 1),
            new DeliveryOutcome.Attempt("default", results, 9, false, Examples.COST),
            dueAt,
            "deferred by the relay",
            true);
    upstream.send(Upstream.record(Topics.OUTCOMES, request, EventJson.write(deferred)));
  }

  private String ofTenant() {
    return "{\"filter\":{\"tenant\":\"%s\"}}".formatted(operator.tenant());
  }

  /** What is done once the log is not behind, which on a slow machine takes longer. */
  private JsonNode redrive(String body) {
    var answer =
        await()
            .atMost(Duration.ofMinutes(1))
            .until(
                () -> operator.call("POST", UNACCOUNTED + "/redrive", body),
                it -> it.statusCode() != 409);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonMapper.shared().readTree(answer.body());
  }

  private JsonNode list() {
    return operator.get(UNACCOUNTED + "?tenant=" + operator.tenant());
  }

  private long logBacklog() {
    return list().path("log_backlog").asLong();
  }

  private List<String> missed() {
    return list().path("items").valueStream().map(item -> item.path("id").asString()).toList();
  }
}
