package io.tallypost.audit.operator;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.DeadLetter;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.EventContext;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.SubmissionId;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.Scope;
import io.tallypost.kit.kafka.DeadLetterRecords;
import io.tallypost.kit.testing.ApiContract;
import io.tallypost.kit.testing.Backends;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mode;
import io.tallypost.mail.SmtpReply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.test.context.DynamicPropertyRegistry;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An operator at a running service, with a tenant of the test's own whose mail died. All tests with
 * one share the service, its group and its database.
 */
public final class Operator {
  public static final String GROUP = "audit-operator-it";
  public static final String REPLAYS = "/api/v1/admin/replays";
  public static final String TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

  private static final AtomicInteger TENANTS = new AtomicInteger();
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static Backends.@Nullable Database database;
  private static @Nullable String operatorKey;

  private final ApplicationContext service;
  private final HttpClient http = HttpClient.newHttpClient();
  private final TenantId tenant = new TenantId("t" + TENANTS.incrementAndGet());
  private final JdbcTemplate jdbc;
  private final KafkaTemplate<byte[], byte[]> kafka;
  private String key;

  @SuppressWarnings("unchecked")
  private Operator(ApplicationContext service, String key) {
    this.service = service;
    this.key = key;
    this.jdbc = service.getBean(JdbcTemplate.class);
    this.kafka = service.getBean(KafkaTemplate.class);
  }

  /** The one database, so that the tests' contexts are one context. */
  public static synchronized Backends.Database database() {
    if (database == null) {
      database = Backends.database();
    }
    return database;
  }

  /** The settings of a service that has operators. */
  public static void addTo(DynamicPropertyRegistry registry) {
    Backends.addTo(registry, database());
    // All tests share the operator's key.
    registry.add("tallypost.keys.admin-calls-per-minute", () -> 100_000);
  }

  /** A new operator. */
  public static synchronized Operator of(ApplicationContext service) {
    if (operatorKey == null) {
      operatorKey = new ApiContract(service).key(TenantId.DEFAULT, Scope.OPERATOR);
    }
    var operator = new Operator(service, operatorKey);
    // A service that has just started does not know its keys and tenants yet.
    await().until(() -> operator.call("GET", REPLAYS, null).statusCode() == 200);
    return operator;
  }

  /** The same with other scopes. */
  public Operator as(Scope... scopes) {
    return new Operator(service, new ApiContract(service).key(TenantId.DEFAULT, scopes));
  }

  public TenantId tenant() {
    return tenant;
  }

  /** A request of the tenant, which is nowhere yet. */
  public SendRequested request(EmailAddress... to) {
    return request(Instant.now().truncatedTo(ChronoUnit.MICROS), to);
  }

  /** A request that was accepted at this time. */
  public SendRequested request(Instant at, EmailAddress... to) {
    var mail = to.length == 1 ? Examples.mailTo(to[0]) : Examples.MAIL;
    var example = Examples.sendRequested(MessageId.next(at), SubmissionId.next(at), mail, 1000);
    var c = example.context();
    var context =
        EventContext.accepted(
            c.messageId(), c.submissionId(), tenant, c.apiKeyId(), c.mode(), c.lane(), at);
    return new SendRequested(context, example.fingerprint(), true, example.limits(), mail);
  }

  /** The same, of a key of this mode. */
  public SendRequested inMode(Mode mode, SendRequested request) {
    var c = request.context();
    var context =
        EventContext.accepted(
            c.messageId(),
            c.submissionId(),
            c.tenant(),
            c.apiKeyId(),
            mode,
            c.lane(),
            c.acceptedAt());
    return new SendRequested(
        context, request.fingerprint(), request.keyed(), request.limits(), request.mail());
  }

  /** A mail that died at its first attempt, and whose letter is in the log. */
  public SendRequested dead(DeadLetter.Category category, int code, EmailAddress... to) {
    return dead(1, category, code, to).getFirst();
  }

  /** As many of them. */
  public List<SendRequested> dead(
      int count, DeadLetter.Category category, int code, EmailAddress... to) {
    List<SendRequested> dead = Stream.generate(() -> request(to)).limit(count).toList();
    dead.forEach(request -> die(request, category, code, 0));
    await().until(() -> dead.stream().noneMatch(request -> letters(request).isEmpty()));
    return dead;
  }

  /** Writes what quota and a worker would. */
  public void die(SendRequested request, DeadLetter.Category category, int code, int replayCount) {
    var context = request.context();
    Instant at = context.acceptedAt().plusSeconds(100L * replayCount);
    List<EmailAddress> recipients = request.mail().recipients();
    var results =
        recipients.stream()
            .map(to ->
                new RecipientResult(
                    to, RecipientResult.Status.FAILED, new SmtpReply(code, null, "No"), null))
            .toList();
    var failed =
        new DeliveryOutcome.Failed(
            context.next(DeliveryOutcome.Failed.TYPE, at.plusSeconds(1), replayCount, 1),
            new DeliveryOutcome.Attempt("default", results, 9, false, Examples.COST),
            category,
            "refused by the relay",
            recipients);
    approve(accept(request));
    send(record(Topics.OUTCOMES, request, EventJson.write(failed)));
    var source = read(record(Topics.APPROVED, request, EventJson.write(request)));
    if (replayCount > 0) {
      RecordHeaders.of(source.headers()).set(RecordHeaders.REPLAY_COUNT, replayCount);
    }
    send(
        DeadLetterRecords.record(
            DeadLetterRecords.letter(source, category, failed.reason(), 1, recipients), source));
  }

  /** Intake accepts. */
  public SendRequested accept(SendRequested request) {
    send(record(Topics.REQUESTS, request, EventJson.write(request)));
    return request;
  }

  /** Quota says yes. */
  public void approve(SendRequested request) {
    var context = request.context();
    var approved =
        new QuotaDecided(
            context.next(QuotaDecided.TYPE, context.acceptedAt().plusMillis(5), 0, 0),
            QuotaDecided.Verdict.APPROVED,
            request.mail().recipients().size(),
            List.of(),
            null);
    send(record(Topics.DECISIONS, request, EventJson.write(approved)));
  }

  /** A worker delivers. */
  public void deliver(SendRequested request, int replayCount) {
    var results =
        request.mail().recipients().stream()
            .map(to ->
                new RecipientResult(
                    to, RecipientResult.Status.DELIVERED, new SmtpReply(250, null, "Ok"), null))
            .toList();
    var delivered =
        new DeliveryOutcome.Delivered(
            request.context().next(DeliveryOutcome.Delivered.TYPE, Instant.now(), replayCount, 1),
            new DeliveryOutcome.Attempt("default", results, 9, false, Examples.COST));
    send(record(Topics.OUTCOMES, request, EventJson.write(delivered)));
  }

  /**
   * A worker puts the mail off.
   *
   * @param counted whether the relay was asked
   */
  public void attempted(SendRequested request, String relay, Instant at, boolean counted) {
    var results =
        request.mail().recipients().stream()
            .map(to ->
                new RecipientResult(
                    to, RecipientResult.Status.DEFERRED, new SmtpReply(451, null, "Later"), null))
            .toList();
    var deferred =
        new DeliveryOutcome.Deferred(
            request.context().next(DeliveryOutcome.Deferred.TYPE, at, 0, 1),
            new DeliveryOutcome.Attempt(relay, results, 9, false, Examples.COST),
            at.plusSeconds(30),
            counted ? "deferred by the relay" : "left in peace",
            counted);
    send(record(Topics.OUTCOMES, request, EventJson.write(deferred)));
  }

  /** A record as its writer puts it on a topic. */
  public static ProducerRecord<byte[], byte[]> record(
      String topic, SendRequested request, byte[] value) {
    var headers =
        RecordHeaders.empty()
            .set(RecordHeaders.TRACEPARENT, "00-" + TRACE_ID + "-00f067aa0ba902b7-01")
            .set(RecordHeaders.REQUEST_ID, "req-7");
    return new ProducerRecord<>(
        topic, null, request.messageId().toString().getBytes(UTF_8), value, headers.toKafka());
  }

  public void send(ProducerRecord<byte[], byte[]> record) {
    kafka.send(record).join();
  }

  private static ConsumerRecord<byte[], byte[]> read(ProducerRecord<byte[], byte[]> record) {
    var read =
        new ConsumerRecord<byte[], byte[]>(record.topic(), 3, 7, record.key(), record.value());
    record.headers().forEach(read.headers()::add);
    return read;
  }

  /** What is committed on a topic about a message. */
  public List<ConsumerRecord<byte[], byte[]>> records(String topic, String key) {
    return records(topic, key::equals);
  }

  /** What is committed on a topic under these keys. */
  public List<ConsumerRecord<byte[], byte[]>> records(String topic, Predicate<String> key) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", Backends.kafka());
    config.put("isolation.level", "read_committed");
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      var partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          if (record.key() != null && key.test(new String(record.key(), UTF_8))) {
            found.add(record);
          }
        }
      }
    }
    return found;
  }

  /** The answer to a call with this operator's key. */
  public HttpResponse<String> call(String method, String path, @Nullable String body) {
    String port = service.getEnvironment().getRequiredProperty("local.server.port");
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("X-API-Key", key)
            .header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  public JsonNode get(String path) {
    return ok(call("GET", path, null));
  }

  public JsonNode post(String path, String body) {
    return ok(call("POST", path, body));
  }

  private static JsonNode ok(HttpResponse<String> answer) {
    assertThat(answer.statusCode() / 100).as(answer.body()).isEqualTo(2);
    return JSON.readTree(answer.body());
  }

  public String metrics() {
    String port = service.getEnvironment().getRequiredProperty("local.management.port");
    try {
      return http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build(),
              BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private List<JsonNode> items(String query) {
    List<JsonNode> items = new ArrayList<>();
    get("/api/v1/admin/dead-letters?limit=200&" + query).path("items").forEach(items::add);
    return items;
  }

  public List<String> letterIds(String query) {
    return items(query).stream().map(item -> item.path("id").asString()).toList();
  }

  public List<String> messages(String query) {
    return items(query).stream().map(item -> item.path("message_id").asString()).toList();
  }

  /** The ids of a message's letters. */
  public List<String> letters(SendRequested request) {
    return jdbc.queryForList(
        "SELECT id::text FROM audit.dead_letter WHERE message_id = ? ORDER BY replay_count",
        String.class,
        request.messageId().value());
  }

  /** The ids of the letters under a key, when there are so many: what is unreadable has no more. */
  public List<String> awaitLetters(String key, int count) {
    return await()
        .until(
            () ->
                jdbc.queryForList(
                    "SELECT id::text FROM audit.dead_letter WHERE record_key = ? ORDER BY id",
                    String.class,
                    key.getBytes(UTF_8)),
            ids -> ids.size() == count);
  }

  public String letterOf(SendRequested request) {
    return letters(request).getFirst();
  }

  public List<String> adminLog(String subject) {
    return jdbc.queryForList(
        "SELECT action FROM audit.admin_log WHERE subject_id = ? ORDER BY id",
        String.class,
        subject);
  }

  /** The message, or the problem while the log does not have it yet. */
  public JsonNode message(SendRequested request) {
    return JSON.readTree(call("GET", "/api/v1/messages/" + request.messageId(), null).body());
  }

  public void awaitStatus(SendRequested request, String status) {
    await()
        .untilAsserted(
            () -> assertThat(message(request).path("status").asString()).isEqualTo(status));
  }

  /** The replay when it has finished. */
  public JsonNode awaitDone(JsonNode replay) {
    String path = REPLAYS + "/" + replay.path("id").asString();
    return await().until(() -> get(path), now -> now.has("finished_at"));
  }

  /** What the message's timeline calls its events. */
  public List<String> timeline(SendRequested request) {
    List<String> events = new ArrayList<>();
    message(request).path("timeline").forEach(step -> events.add(step.path("event").asString()));
    return events;
  }

  public JdbcTemplate jdbc() {
    return jdbc;
  }

  /** Until it is closed. */
  public interface Fault extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * PostgreSQL ends the next transaction that enters something about this subject, when it is to
   * commit: as a connection that is lost then.
   */
  public Fault losesTheNextCommitAbout(String subject) {
    jdbc.execute("CREATE SEQUENCE audit.lost_commits");
    jdbc.execute(
        """
        CREATE FUNCTION audit.lose_commit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- A sequence is not rolled back, so this is the first transaction alone.
            IF nextval('audit.lost_commits') = 1 THEN
                RAISE EXCEPTION 'lost' USING ERRCODE = 'admin_shutdown';
            END IF;
            RETURN NULL;
        END $$
        """);
    jdbc.execute(
        """
        CREATE CONSTRAINT TRIGGER lose_commit AFTER INSERT ON audit.admin_log DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.subject_id = '%s') EXECUTE FUNCTION audit.lose_commit()
        """
            .formatted(subject));
    return () -> {
      jdbc.execute("DROP TRIGGER lose_commit ON audit.admin_log");
      jdbc.execute("DROP FUNCTION audit.lose_commit()");
      jdbc.execute("DROP SEQUENCE audit.lost_commits");
    };
  }

  /** PostgreSQL refuses to write this message, as if it were shutting down. */
  public Fault keepsFromWriting(SendRequested request) {
    jdbc.execute(
        """
        CREATE FUNCTION audit.refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'refused' USING ERRCODE = 'admin_shutdown';
        END $$
        """);
    jdbc.execute(
        """
        CREATE TRIGGER refuse_write BEFORE UPDATE ON audit.message
        FOR EACH ROW WHEN (NEW.message_id = '%s') EXECUTE FUNCTION audit.refuse_write()
        """
            .formatted(request.messageId()));
    return () -> {
      jdbc.execute("DROP TRIGGER refuse_write ON audit.message");
      jdbc.execute("DROP FUNCTION audit.refuse_write()");
    };
  }
}
