package io.tallypost.quota.consume;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.QuotaLimit;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.Scope;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.testing.ApiContract;
import io.tallypost.kit.testing.ApiDescription;
import io.tallypost.kit.testing.Backends;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.mail.Mode;
import io.tallypost.quota.usage.UsageController;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationContext;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole service, over HTTP and Kafka. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = "tallypost.keys.bcrypt-cost=4")
@DirtiesContext
class QuotaServiceIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  @DynamicPropertySource
  static void backends(DynamicPropertyRegistry registry) {
    QuotaRig.createTopics();
    Backends.addTo(registry, QuotaRig.database());
  }

  private final HttpClient http = HttpClient.newHttpClient();
  @LocalServerPort private int port;
  @LocalManagementPort private int managementPort;
  @Autowired private ApplicationContext context;
  @Autowired private MeterRegistry metrics;
  @Autowired private BCryptPasswordEncoder bcrypt;
  @Autowired private CompactedView<ApiKeyState> keys;
  @Autowired private CompactedView<TenantState> tenants;

  private final ApiKeyToken token = ApiKeyToken.generate(Mode.LIVE, new SecureRandom());
  private final List<QuotaLimit> limits =
      List.of(
          new QuotaLimit(QuotaPolicyName.KEY_DAY, 10),
          new QuotaLimit(QuotaPolicyName.TENANT_MONTH, 1_000_000));

  @BeforeEach
  void awaitReadiness() {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> get(managementPort, "/health/readiness").statusCode() == 200);
  }

  @Test
  void showsUsageWithoutCounting() {
    publish(token, Scope.READ);
    var requests = requests();

    var untouched = usage();
    assertThat(untouched.at("/policies/0/policy").asString()).isEqualTo("key_day");
    assertThat(untouched.at("/policies/0/used").asLong()).isZero();
    assertThat(untouched.at("/policies/0/remaining").asLong()).isEqualTo(10);
    QuotaRig.send(requests.next(3));

    await().untilAsserted(() -> assertThat(usage().at("/policies/0/used").asLong()).isEqualTo(3));
    var after = usage();
    assertThat(after).isEqualTo(usage());
    assertThat(after.at("/api_key_id").asString()).isEqualTo(token.id().value());
    assertThat(after.at("/policies/0/limit").asLong()).isEqualTo(10);
    assertThat(after.at("/policies/0/remaining").asLong()).isEqualTo(7);
    assertThat(Instant.parse(after.at("/policies/0/resets_at").asString()))
        .isAfter(Instant.now())
        .isEqualTo(Instant.now().truncatedTo(ChronoUnit.DAYS).plus(1, ChronoUnit.DAYS));
    assertThat(after.at("/policies/1/used").asLong()).isGreaterThanOrEqualTo(3);
    assertThat(get(managementPort, "/metrics").body())
        .as("statements, alone and in a transaction")
        .contains("tallypost_statement_seconds_count{outcome=\"done\",statement=\"select usage\"}")
        .contains(
            "tallypost_statement_seconds_count{outcome=\"done\",statement=\"insert decision\"}");
  }

  @Test
  void showsTheLimitsOfTheTenantBesideThoseOfTheKey() {
    publish(token, Scope.READ);
    var tenant =
        new TenantState(
            TenantState.SHAPE,
            1,
            Examples.ACME,
            "Acme",
            true,
            List.of(new QuotaLimit(QuotaPolicyName.TENANT_DAY, 5_000)));
    QuotaRig.send(
        List.of(
            new ProducerRecord<>(Topics.TENANTS, "acme".getBytes(UTF_8), EventJson.write(tenant))));
    await().until(() -> tenants.get("acme").isPresent());

    var last = usage().at("/policies/2");

    assertThat(last.at("/policy").asString()).isEqualTo("tenant_day");
    assertThat(last.at("/limit").asLong()).isEqualTo(5_000);
    assertThat(last.at("/remaining").asLong()).isEqualTo(5_000 - last.at("/used").asLong());
  }

  @Test
  void showsTestKeysWhatTestMailUsed() {
    var test = ApiKeyToken.generate(Mode.TEST, new SecureRandom());
    publish(test, Scope.READ);
    var live = requests();
    QuotaRig.send(live.next(3), requests(test.id()).inMode(Mode.TEST).next(2));
    publish(token, Scope.READ);

    await()
        .untilAsserted(() -> {
          assertThat(usage(test).at("/policies/0/used").asLong()).isEqualTo(2);
          assertThat(usage().at("/policies/0/used").asLong()).isEqualTo(3);
        });
    assertThat(usage(test).at("/mode").asString()).isEqualTo("test");
  }

  @Test
  void guardsAndDescribesEveryEndpoint() throws Exception {
    var api = new ApiContract(context);

    api.assertGuarded(Map.of());
    api.assertApartByMode(Examples.ACME, Map.of(), Set.of("GET /api/v1/usage"));
    api.assertReadsAndAnswersJsonOnly();
    new ApiDescription("quota-service", api).assertUpToDate();
  }

  @Test
  void hasARuleForEveryEndpoint() {
    new ApiContract(context).assertRuled("quota-service", Map.of(), Map.of());
  }

  @Test
  void showsUsageOnlyToKeysThatSendOrRead() {
    var operator = ApiKeyToken.generate(Mode.LIVE, new SecureRandom());
    publish(operator, Scope.OPERATOR);

    assertThat(get(port, "/api/v1/usage").statusCode()).isEqualTo(401);
    assertThat(get(port, "/api/v1/usage", operator).statusCode()).isEqualTo(403);
  }

  @Test
  void handsTheTraceOnToVerdictAndApproval() {
    var request = requests().next(1);
    var record = QuotaRig.record(request);
    record.headers().add("traceparent", ("00-" + TRACE + "-00f067aa0ba902b7-01").getBytes(UTF_8));
    try (var decisions = Topic.fromNowOn(Topics.DECISIONS);
        var approved = Topic.fromNowOn(Topics.APPROVED)) {
      QuotaRig.send(List.of(record));

      var verdict = decisions.atLeast(1, request.messageId()).getFirst();
      var approval = approved.atLeast(1, request.messageId()).getFirst();
      assertThat(approval.headers().headers("traceparent")).hasSize(1);
      var span = traceparent(approval.headers());
      assertThat(span).startsWith("00-" + TRACE).doesNotContain("00f067aa0ba902b7");
      assertThat(traceparent(verdict.headers())).startsWith("00-" + TRACE).isNotEqualTo(span);
    }
  }

  @Test
  void hasItsMetricsBeforeTraffic() {
    assertThat(get(managementPort, "/metrics").body())
        .contains("tallypost_messages_approved_total")
        .contains("tallypost_messages_rejected_total{policy=\"tenant_month\",tenant=\"default\"} 0")
        .contains("tallypost_messages_duplicates_total")
        .contains("tallypost_quota_decision_seconds_bucket")
        .contains("tallypost_shutdowns_total{mode=\"forced\"} 0");
    assertThat(get(managementPort, "/health/liveness").statusCode()).isEqualTo(200);
  }

  private Requests requests() {
    return requests(token.id());
  }

  private Requests requests(ApiKeyId key) {
    return new Requests(
        key, Instant.now(), limits, Mode.LIVE, io.tallypost.mail.Lane.TRANSACTIONAL, false);
  }

  private static String traceparent(org.apache.kafka.common.header.Headers headers) {
    return RecordHeaders.of(headers).text(RecordHeaders.TRACEPARENT).orElseThrow();
  }

  private void publish(ApiKeyToken key, Scope scope) {
    publish(key, scope, Examples.ACME);
  }

  private void publish(ApiKeyToken key, Scope scope, TenantId tenant) {
    var state =
        new ApiKeyState(
            ApiKeyState.SHAPE,
            1,
            key.id(),
            tenant,
            "test",
            key.mode(),
            Set.of(scope),
            List.of(new ApiKeySecret(Objects.requireNonNull(bcrypt.encode(key.secret())), null)),
            true,
            limits,
            null);
    QuotaRig.send(
        List.of(
            new ProducerRecord<>(
                Topics.API_KEYS, key.id().value().getBytes(UTF_8), EventJson.write(state))));
    await().until(() -> keys.get(key.id().value()).isPresent());
  }

  /** Else the others wait behind one key's questions, and are refused. */
  @Test
  void oneKeyThatAsksWithoutEndLeavesTurnsToOthers() throws SQLException {
    publish(token, Scope.READ);
    var other = ApiKeyToken.generate(Mode.LIVE, new SecureRandom());
    publish(other, Scope.READ, new TenantId("umbrella"));
    var answers = new ConcurrentLinkedQueue<HttpResponse<String>>();
    List<CompletableFuture<Void>> readers;
    CompletableFuture<HttpResponse<String>> answer;
    var database = QuotaRig.database();
    try (Connection lock =
        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password())) {
      lock.setAutoCommit(false);
      try (var statement = lock.createStatement()) {
        statement.execute("LOCK TABLE quota.usage IN ACCESS EXCLUSIVE MODE");
      }
      readers =
          Stream.generate(() ->
                  CompletableFuture.runAsync(
                      () -> answers.add(get(port, "/api/v1/usage", token)),
                      Thread::startVirtualThread))
              .limit(50)
              .toList();
      // The first ones have the counters' turns by then, and hold them.
      await().until(() -> answers.size() >= 50 - UsageController.AT_ONCE);
      answer =
          CompletableFuture.supplyAsync(
              () -> get(port, "/api/v1/usage", other), Thread::startVirtualThread);
      await().until(() -> waitingForUsage() == 2 || answer.isDone());
      lock.rollback();
    }
    assertThat(answer.join().statusCode()).as("another tenant").isEqualTo(200);
    readers.forEach(CompletableFuture::join);
    var refused = answers.stream().filter(one -> one.statusCode() != 200).toList();
    assertThat(refused)
        .hasSizeGreaterThanOrEqualTo(47)
        .allSatisfy(one -> {
          assertThat(one.statusCode()).isEqualTo(429);
          assertThat(one.body()).contains("\"rate_limited\"");
          assertThat(one.headers().firstValue("Retry-After")).isPresent();
        });
  }

  private static long waitingForUsage() throws SQLException {
    var database = QuotaRig.database();
    try (Connection connection =
            DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
        var statement = connection.createStatement();
        var count =
            statement.executeQuery(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%quota.usage%'")) {
      count.next();
      return count.getLong(1);
    }
  }

  /** Those who ask where they stand, however many, leave connections to the decisions. */
  @Test
  void usageTakesNoMoreThanItsPartOfTheConnections() throws SQLException, InterruptedException {
    publish(token, Scope.READ);
    assertThat(get(port, "/api/v1/usage", token).statusCode()).isEqualTo(200);
    List<ApiKeyToken> asking =
        IntStream.range(0, 50)
            .mapToObj(_ -> ApiKeyToken.generate(Mode.LIVE, new SecureRandom()))
            .toList();
    for (int i = 0; i < asking.size(); i++) {
      publish(asking.get(i), Scope.READ, new TenantId("asking-" + i));
    }
    List<Thread> readers;
    var answers = new ConcurrentLinkedQueue<Integer>();
    var database = QuotaRig.database();
    try (Connection lock =
        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password())) {
      lock.setAutoCommit(false);
      try (var statement = lock.createStatement()) {
        statement.execute("LOCK TABLE quota.usage IN ACCESS EXCLUSIVE MODE");
      }
      readers =
          asking.stream()
              .map(key ->
                  Thread.startVirtualThread(
                      () -> answers.add(get(port, "/api/v1/usage", key).statusCode())))
              .toList();
      // Those that found no turn have been answered, the others hold their connections.
      await().until(() -> answers.size() == 50 - UsageController.AT_ONCE);
      assertThat(metrics.get("hikaricp.connections.active").gauge().value())
          .as("theirs, and one that the service itself may need")
          .isBetween(UsageController.AT_ONCE * 1.0, UsageController.AT_ONCE + 1.0);
      assertThat(answers).containsOnly(503);
      lock.rollback();
    }
    for (Thread reader : readers) {
      reader.join();
    }
    assertThat(get(port, "/api/v1/usage", token).statusCode()).isEqualTo(200);
  }

  private JsonNode usage() {
    return usage(token);
  }

  private JsonNode usage(ApiKeyToken key) {
    var response = get(port, "/api/v1/usage", key);
    assertThat(response.statusCode()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  private HttpResponse<String> get(int at, String path, ApiKeyToken... key) {
    var request = HttpRequest.newBuilder(URI.create("http://localhost:" + at + path));
    for (ApiKeyToken one : key) {
      request.header("X-API-Key", one.plaintext());
    }
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
