package io.tallypost.audit.operator;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.DeadLetter;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.ApiContract;
import io.tallypost.kit.testing.Backends;
import io.tallypost.mail.EmailAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.transaction.PlatformTransactionManager;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An operator at a running service, with a tenant of the test's own whose mail died. All tests with
 * one share the service, its group and its database.
 */
public final class Operator {
  public static final String GROUP = "audit-operator-it";
  public static final String REPLAYS = "/api/v1/admin/replays";

  private static final AtomicInteger TENANTS = new AtomicInteger();
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static Backends.@Nullable Database database;
  private static @Nullable String operatorKey;

  private final ApplicationContext service;
  private final HttpClient http = HttpClient.newHttpClient();
  private final TenantId tenant = new TenantId("t" + TENANTS.incrementAndGet());
  private final JdbcTemplate jdbc;
  private final Upstream upstream;
  private String key;

  @SuppressWarnings("unchecked")
  private Operator(ApplicationContext service, String key) {
    this.service = service;
    this.key = key;
    this.jdbc = service.getBean(JdbcTemplate.class);
    this.upstream = new Upstream(tenant, service.getBean(KafkaTemplate.class));
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
    registry.add("tallypost.keys.tenant-changes-per-minute", () -> 100_000);
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

  /** What the other services write about that tenant's mail. */
  public Upstream upstream() {
    return upstream;
  }

  /** A mail that died at its first attempt, and whose letter is in the log. */
  public SendRequested dead(DeadLetter.Category category, int code, EmailAddress... to) {
    return dead(1, category, code, to).getFirst();
  }

  /** As many of them. */
  public List<SendRequested> dead(
      int count, DeadLetter.Category category, int code, EmailAddress... to) {
    List<SendRequested> dead = Stream.generate(() -> upstream.request(to)).limit(count).toList();
    dead.forEach(request -> upstream.die(request, category, code, 0));
    await().until(() -> dead.stream().noneMatch(request -> letters(request).isEmpty()));
    return dead;
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

  /** Waits until the log has so many events of a message. */
  public void awaitEvents(SendRequested request, long count) {
    await()
        .until(
            () ->
                jdbc.queryForObject(
                    "SELECT count(*) FROM audit.timeline WHERE message_id = ?",
                    Long.class,
                    request.messageId().value()),
            Long.valueOf(count)::equals);
  }

  /** How many rows of the timeline the service reads for this. */
  public long timelineRowsReadBy(Runnable work) {
    return TimelineRows.readBy(work, jdbc, service.getBean(PlatformTransactionManager.class));
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
}
