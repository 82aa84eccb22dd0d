package io.tallypost.audit.reads;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.audit.operator.Operator;
import io.tallypost.audit.operator.OperatorIT;
import io.tallypost.audit.operator.Upstream;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.ApiContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;

/** Those who read much or heavily, the log, and the others. */
class ReadsApartIT extends OperatorIT {
  /** What the lock below makes endless, and the log does not need. */
  private static final String HEAVY = "/api/v1/admin/dead-letters?limit=1";

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @Autowired private ApplicationContext context;
  @Autowired private MeterRegistry metrics;
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final List<Thread> threads = new ArrayList<>();
  private final Queue<HttpResponse<String>> answers = new ConcurrentLinkedQueue<>();
  private ApiContract http;
  private Operator operator;
  private Upstream upstream;
  private Connection lock;

  @BeforeEach
  void begin() throws SQLException {
    operator = Operator.of(context);
    upstream = operator.upstream();
    http = new ApiContract(context);
    lock =
        DriverManager.getConnection(
            Operator.database().jdbcUrl(),
            Operator.database().user(),
            Operator.database().password());
    lock.setAutoCommit(false);
    try (var statement = lock.createStatement()) {
      statement.execute("LOCK TABLE audit.dead_letter IN ACCESS EXCLUSIVE MODE");
    }
  }

  @AfterEach
  void end() throws SQLException, InterruptedException {
    stopped.set(true);
    lock.rollback();
    lock.close();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Test
  void theLogGoesOnUnderFiveHundredSearchesThatNeverEnd() throws SQLException {
    List<String> keys =
        IntStream.range(0, 5)
            .mapToObj(n -> http.key(new TenantId("reader-" + n), Scope.OPERATOR))
            .toList();
    IntStream.range(0, 500).forEach(n -> keepAsking(keys.get(n % keys.size())));
    await().until(() -> active("reads") == 8 && metrics("pending", "reads") > 0);

    for (int n = 0; n < 20; n++) {
      SendRequested mail = upstream.request(BOB);
      upstream.accept(mail);
      upstream.approve(mail);
      upstream.deliver(mail, 0);
      await().until(() -> isDelivered(mail));
    }

    String act = Operator.REPLAYS + "/" + UUID.randomUUID() + "/pause";
    assertThat(operator.call("POST", act, null).statusCode())
        .as("an operator can act")
        .isEqualTo(404);
    // It is still under way.
    await().until(() -> active("reads") == 8);
    assertThat(threads).allMatch(Thread::isAlive);
    // What the log waits for now, it waits for with a connection of its own.
    try (var statement = lock.createStatement()) {
      statement.execute("LOCK TABLE audit.message IN ACCESS EXCLUSIVE MODE");
    }
    upstream.accept(upstream.request(BOB));
    await().until(() -> active("log") > 0);
    await().until(() -> answers.size() >= 500);
    assertThat(answers)
        .allSatisfy(answer -> {
          assertThat(answer.statusCode()).as(answer.body()).isIn(429, 503);
          assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        });
    assertThat(answers).anyMatch(answer -> answer.statusCode() == 429);
  }

  @Test
  void oneKeyLeavesRoomForTheOthers() {
    String greedy = http.key(new TenantId("greedy"), Scope.OPERATOR);
    double refused = refused("key");
    IntStream.range(0, 100).forEach(n -> keepAsking(greedy));
    await().until(() -> active("reads") == 4);
    await().until(() -> answers.stream().anyMatch(answer -> answer.statusCode() == 429));

    String other = http.key(new TenantId("modest"), Scope.READ);

    for (int n = 0; n < 20; n++) {
      assertThat(http.call("GET", "/api/v1/messages?limit=1", other).statusCode()).isEqualTo(200);
    }
    assertThat(active("reads")).isLessThanOrEqualTo(5);
    assertThat(refused("key")).isGreaterThan(refused);
  }

  @Test
  void oneTenantsKeysLeaveRoomForTheOthersToo() {
    double refused = refused("tenant");
    IntStream.range(0, 5)
        .mapToObj(n -> http.key(new TenantId("many-keys"), Scope.OPERATOR))
        .forEach(key -> IntStream.range(0, 10).forEach(n -> keepAsking(key)));
    await().until(() -> active("reads") == 6);
    await().until(() -> refused("tenant") > refused);

    String other = http.key(new TenantId("modest"), Scope.READ);

    assertThat(http.call("GET", "/api/v1/messages?limit=1", other).statusCode()).isEqualTo(200);
  }

  @Test
  void aDryRunTakesItsTurnAmongReads() {
    String greedy = http.key(new TenantId("dry-runner"), Scope.OPERATOR);
    double refused = refused("key");

    IntStream.range(0, 20).forEach(n -> keep(() -> dryRun(greedy)));

    await().until(() -> active("reads") == 4 && refused("key") >= refused + 16);
    assertThat(active("reads")).isEqualTo(4);
    assertThat(http.call("GET", HEAVY, greedy).statusCode()).as("as a search").isEqualTo(429);
    await()
        .untilAsserted(() ->
            assertThat(answers)
                .anySatisfy(answer -> {
                  assertThat(answer.statusCode()).isEqualTo(429);
                  assertThat(answer.body()).contains("rate_limited", "as much at once as it may");
                  assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                }));
  }

  private double refused(String reason) {
    return metrics.get("tallypost.reads.refused").tag("reason", reason).counter().count();
  }

  private HttpResponse<String> dryRun(String key) {
    String port = context.getEnvironment().getRequiredProperty("local.server.port");
    try {
      return CLIENT.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + Operator.REPLAYS))
              .header("X-API-Key", key)
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString("{\"filter\": {}, \"dry_run\": true}"))
              .build(),
          BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aSearchThatTakesTooLongIsEnded() {
    HttpResponse<String> answer = operator.call("GET", HEAVY, null);

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("\"code\":\"unavailable\"").contains("takes too long");
    await().until(() -> active("reads") == 0);
  }

  /** As a client without patience: the next question follows the answer. */
  private void keepAsking(String key) {
    keep(() -> http.call("GET", HEAVY, key));
  }

  private void keep(Supplier<HttpResponse<String>> asking) {
    threads.add(
        Thread.startVirtualThread(() -> {
          while (!stopped.get()) {
            answers.add(asking.get());
          }
        }));
  }

  /** Seen by a connection that is nobody's else. */
  private boolean isDelivered(SendRequested mail) throws SQLException {
    try (var query =
        lock.prepareStatement("SELECT status FROM audit.message WHERE message_id = ?")) {
      query.setObject(1, mail.messageId().value());
      try (var rows = query.executeQuery()) {
        return rows.next() && "delivered".equals(rows.getString("status"));
      }
    }
  }

  private double active(String pool) {
    return metrics("active", pool);
  }

  private double metrics(String kind, String pool) {
    return metrics.get("hikaricp.connections." + kind).tag("pool", pool).gauge().value();
  }
}
