package io.tallypost.kit.web;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.Topics;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.testing.Backends;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.mail.Mode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What every service answers alike, over real HTTP and with keys from a real broker. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "spring.config.import=classpath:tallypost-defaults.yaml",
      "tallypost.web.max-body=1KB",
      "tallypost.web.cors.allowed-origins=https://console.example",
      "tallypost.keys.bcrypt-cost=4"
    })
class RestContractIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @SpringBootConfiguration
  @EnableAutoConfiguration
  @Import(Service.Greetings.class)
  static class Service {

    @RestController
    static class Greetings {
      @GetMapping("/api/v1/greeting")
      @PreAuthorize("hasAuthority('SCOPE_read')")
      String greet(Caller caller) {
        return "hello " + caller.tenant();
      }

      @PostMapping(path = "/api/v1/greeting", consumes = "application/json")
      @PreAuthorize("hasAuthority('SCOPE_operator')")
      int length(@RequestBody byte[] body) {
        return body.length;
      }

      @GetMapping("/api/v1/fault")
      @PreAuthorize("hasAuthority('SCOPE_read')")
      String fail() {
        throw new IllegalStateException("secret internals");
      }
    }
  }

  @DynamicPropertySource
  static void backends(DynamicPropertyRegistry registry) {
    registry.add("spring.kafka.bootstrap-servers", Backends::kafka);
    registry.add("management.server.port", () -> 0);
  }

  private final HttpClient http = HttpClient.newHttpClient();
  @LocalServerPort private int port;
  @LocalManagementPort private int managementPort;
  @Autowired private KafkaTemplate<byte[], byte[]> kafka;
  @Autowired private BCryptPasswordEncoder bcrypt;
  @Autowired private CompactedView<ApiKeyState> keys;
  @Autowired private ServletWebServerApplicationContext service;
  @Autowired private WebSettings settings;

  private final ApiKeyToken reader = ApiKeyToken.generate(Mode.LIVE, new SecureRandom());
  private final ApiKeyToken operator = ApiKeyToken.generate(Mode.LIVE, new SecureRandom());
  private final ApiKeyToken disabled = ApiKeyToken.generate(Mode.LIVE, new SecureRandom());

  @BeforeEach
  void publishKeys() {
    await().until(keys::isCaughtUp);
    publish(reader, true, Scope.READ);
    publish(operator, true, Scope.OPERATOR);
    publish(disabled, false, Scope.READ);
    await().until(() -> keys.get(disabled.id().value()).isPresent());
    await().until(() -> keys.get(reader.id().value()).isPresent());
    await().until(() -> keys.get(operator.id().value()).isPresent());
  }

  @Test
  void letsAKeyInByEitherHeader() throws Exception {
    var byHeader = send(get("/api/v1/greeting").header("X-API-Key", reader.plaintext()));
    var byBearer =
        send(get("/api/v1/greeting").header("Authorization", "Bearer " + reader.plaintext()));

    assertThat(byHeader.statusCode()).isEqualTo(200);
    assertThat(byHeader.body()).isEqualTo("hello acme");
    assertThat(byBearer.statusCode()).isEqualTo(200);
  }

  @Test
  void protectsEveryAnswer() throws Exception {
    for (var answer :
        List.of(
            send(get("/api/v1/greeting")),
            send(get("/api/v1/greeting").header("X-API-Key", reader.plaintext())))) {
      assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
      assertThat(answer.headers().firstValue("X-Frame-Options")).hasValue("DENY");
      assertThat(answer.headers().firstValue("Referrer-Policy")).hasValue("no-referrer");
      assertThat(answer.headers().firstValue("Cache-Control").orElseThrow()).contains("no-store");
      assertThat(answer.headers().firstValue("Strict-Transport-Security")).isEmpty();
    }
  }

  @Test
  void letsOnlyTheNamedSitesCallFromABrowser() throws Exception {
    var named = send(get("/api/v1/greeting").header("Origin", "https://console.example"));
    var other = send(get("/api/v1/greeting").header("Origin", "https://evil.example"));

    assertThat(named.headers().firstValue("Access-Control-Allow-Origin"))
        .hasValue("https://console.example");
    assertProblem(other, 403, "origin_not_allowed");
    assertThat(other.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  void tellsABrowserWhatANamedSiteMaySendAndAnyOtherNothing() throws Exception {
    var named = send(preflight("https://console.example"));
    var other = send(preflight("https://evil.example"));

    assertThat(named.statusCode()).isEqualTo(200);
    assertThat(named.headers().firstValue("Access-Control-Allow-Origin"))
        .hasValue("https://console.example");
    assertThat(named.headers().firstValue("Access-Control-Allow-Methods").orElseThrow())
        .contains("POST");
    assertThat(named.headers().firstValue("Access-Control-Allow-Headers").orElseThrow())
        .contains("x-api-key");
    assertThat(named.headers().firstValue("Access-Control-Allow-Credentials")).isEmpty();
    assertProblem(other, 403, "origin_not_allowed");
    assertThat(other.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  void refusesAnOriginThatIsNoneAndAMethodThatNobodyHasAsAProblem() throws Exception {
    assertProblem(
        send(get("/api/v1/greeting").header("Origin", "http://[bad")), 403, "origin_not_allowed");
    assertProblem(
        send(
            preflight("https://console.example")
                .setHeader("Access-Control-Request-Method", "BREW")),
        403,
        "origin_not_allowed");
  }

  private HttpRequest.Builder preflight(String origin) {
    return request("/api/v1/greeting")
        .method("OPTIONS", BodyPublishers.noBody())
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "x-api-key, content-type");
  }

  /** The others are in ContainerIT and shorter there, for its tests wait for them. */
  @Test
  void hasTheTimesOfThePage() {
    var server = (TomcatWebServer) Objects.requireNonNull(service.getWebServer(), "it is running");
    var protocol =
        (AbstractHttp11Protocol<?>) server.getTomcat().getConnector().getProtocolHandler();

    assertThat(protocol.getConnectionTimeout()).isEqualTo(10_000);
    assertThat(protocol.getKeepAliveTimeout()).isEqualTo(75_000);
    assertThat(protocol.getMaxSwallowSize()).isEqualTo(32 * 1024 * 1024);
    assertThat(settings.bodyTimeout()).hasSeconds(30);
  }

  @Test
  void asksForAKey() throws Exception {
    var missing = send(get("/api/v1/greeting"));
    var unknown = send(get("/api/v1/greeting").header("X-API-Key", "nonsense"));
    var basic = send(get("/api/v1/greeting").header("Authorization", "Basic dXNlcjpwYXNz"));

    assertProblem(missing, 401, "unauthorized");
    assertProblem(unknown, 401, "unauthorized");
    assertProblem(basic, 401, "unauthorized");
    assertThat(missing.headers().firstValue("WWW-Authenticate"))
        .hasValue("Bearer realm=\"tallypost\"");
  }

  @Test
  void refusesADisabledKeyAndAMissingScope() throws Exception {
    assertProblem(
        send(get("/api/v1/greeting").header("X-API-Key", disabled.plaintext())),
        403,
        "key_disabled");
    assertProblem(
        send(get("/api/v1/greeting").header("X-API-Key", operator.plaintext())),
        403,
        "missing_scope");
  }

  @Test
  void answersProblemsToWhatItDoesNotHave() throws Exception {
    assertProblem(
        send(get("/api/v1/nothing").header("X-API-Key", reader.plaintext())), 404, "not_found");
    var wrongMethod =
        send(request("/api/v1/greeting").DELETE().header("X-API-Key", reader.plaintext()));
    assertProblem(wrongMethod, 405, "method_not_allowed");
    assertThat(wrongMethod.headers().firstValue("Allow").orElseThrow()).contains("GET", "POST");
    assertProblem(
        send(
            request("/api/v1/greeting")
                .POST(BodyPublishers.ofString("hello"))
                .header("Content-Type", "text/plain")
                .header("X-API-Key", operator.plaintext())),
        415,
        "unsupported_media_type");
    assertProblem(send(get("/error").header("X-API-Key", reader.plaintext())), 404, "not_found");
  }

  @Test
  void keepsItsInternalsToItself() throws Exception {
    var fault = send(get("/api/v1/fault").header("X-API-Key", reader.plaintext()));

    assertProblem(fault, 500, "internal_error");
    assertThat(fault.body()).doesNotContain("secret internals", "Exception");
  }

  @Test
  void refusesABodyOverTheLimitWhetherItsLengthIsDeclaredOrNot() throws Exception {
    byte[] tooLarge = new byte[100_000];
    var declared = post(BodyPublishers.ofByteArray(tooLarge));
    var chunked = post(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(tooLarge)));
    var justRight =
        post(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[1024])));

    assertProblem(declared, 413, "body_too_large");
    assertProblem(chunked, 413, "body_too_large");
    assertThat(justRight.statusCode()).isEqualTo(200);
    assertThat(justRight.body()).isEqualTo("1024");
  }

  @Test
  void refusesWhoMayNotCallWithoutReadingTheBody() throws Exception {
    String unknown = ApiKeyToken.generate(Mode.LIVE, new SecureRandom()).plaintext();
    for (String length : List.of("Content-Length: 100", "Transfer-Encoding: chunked")) {
      // No byte of the body is ever sent: a service that waits for one does not answer.
      assertThat(firstLine(length, "X-API-Key: " + unknown)).contains(" 401");
      assertThat(firstLine(length, "X-Nothing: none")).contains(" 401");
      assertThat(firstLine(length, "X-API-Key: " + disabled.plaintext())).contains(" 403");
      assertThat(firstLine(length, "X-API-Key: " + reader.plaintext())).contains(" 403");
    }
  }

  @Test
  void asksForTheBodyOnlyOfWhoMayCall() throws Exception {
    for (String length : List.of("Content-Length: 5", "Transfer-Encoding: chunked")) {
      String expecting = length + "\r\nExpect: 100-continue";

      assertThat(firstLine(expecting, "X-Nothing: none")).contains(" 401");
      assertThat(firstLine(expecting, "X-API-Key: " + reader.plaintext())).contains(" 403");
      assertThat(firstLine(expecting, "X-API-Key: " + operator.plaintext())).contains(" 100");
    }
    assertThat(firstLine("Content-Length: 2000\r\nExpect: 100-continue", operatorHeader()))
        .contains(" 413");
  }

  private String operatorHeader() {
    return "X-API-Key: " + operator.plaintext();
  }

  /** The first line that comes back for the head of a POST, without its body. */
  private String firstLine(String length, String key) throws Exception {
    try (var socket = new Socket("localhost", port)) {
      socket.setSoTimeout(10_000);
      String head =
          String.join(
              "\r\n",
              "POST /api/v1/greeting HTTP/1.1",
              "Host: localhost",
              "Content-Type: application/json",
              key,
              length,
              "\r\n");
      socket.getOutputStream().write(head.getBytes(UTF_8));
      return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
    }
  }

  @Test
  void keepsASaneRequestIdAndReplacesAnyOther() throws Exception {
    var sane = send(get("/api/v1/greeting").header("X-Request-ID", "order-4711"));
    var insane = send(get("/api/v1/greeting").header("X-Request-ID", "<script>"));

    assertThat(sane.headers().allValues("X-Request-ID")).containsExactly("order-4711");
    assertThat(JSON.readTree(sane.body()).path("request_id").asString()).isEqualTo("order-4711");
    assertThat(insane.headers().firstValue("X-Request-ID").orElseThrow()).hasSize(36);
  }

  @Test
  void joinsTheCallersTrace() throws Exception {
    var answer =
        send(
            get("/api/v1/greeting")
                .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));

    assertThat(JSON.readTree(answer.body()).path("trace_id").asString())
        .isEqualTo("0af7651916cd43dd8448eb211c80319c");
  }

  @Test
  void showsHealthAndMetricsOnTheManagementPortOnly() throws Exception {
    var readiness = send(request(managementPort, "/health/readiness").GET());
    var metrics = send(request(managementPort, "/metrics").GET());

    assertThat(readiness.statusCode()).isEqualTo(200);
    assertThat(metrics.body()).contains("jvm_memory_used_bytes");
    assertThat(send(get("/metrics").header("X-API-Key", reader.plaintext())).statusCode())
        .isEqualTo(404);
  }

  @Test
  void changesTheLogLevelForAnOperatorOnly() throws Exception {
    String path = "/loggers/io.tallypost.example";

    assertThat(send(debug(path)).statusCode()).isEqualTo(401);
    assertThat(send(debug(path).header("X-API-Key", reader.plaintext())).statusCode())
        .isEqualTo(403);
    assertThat(LoggerFactory.getLogger("io.tallypost.example").isDebugEnabled()).isFalse();
    assertThat(send(debug(path).header("X-API-Key", operator.plaintext())).statusCode())
        .isEqualTo(204);
    assertThat(LoggerFactory.getLogger("io.tallypost.example").isDebugEnabled()).isTrue();
    assertThat(send(get(path).header("X-API-Key", operator.plaintext())).statusCode())
        .as("on the public port")
        .isEqualTo(404);
  }

  private HttpRequest.Builder debug(String path) {
    return request(managementPort, path)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString("{\"configuredLevel\": \"DEBUG\"}"));
  }

  private HttpResponse<String> post(HttpRequest.BodyPublisher body) throws Exception {
    return send(
        request("/api/v1/greeting")
            .POST(body)
            .header("Content-Type", "application/json")
            .header("X-API-Key", operator.plaintext()));
  }

  private void publish(ApiKeyToken token, boolean enabled, Scope scope) {
    var state =
        new ApiKeyState(
            1,
            1,
            token.id(),
            Examples.ACME,
            token.id().value(),
            Mode.LIVE,
            Set.of(scope),
            List.of(new ApiKeySecret(bcrypt.encode(token.secret()), null)),
            enabled,
            List.of(),
            null);
    kafka.send(Topics.API_KEYS, token.id().value().getBytes(UTF_8), EventJson.write(state)).join();
  }

  private HttpRequest.Builder get(String path) {
    return request(path).GET();
  }

  private HttpRequest.Builder request(String path) {
    return request(port, path);
  }

  private static HttpRequest.Builder request(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static void assertProblem(HttpResponse<String> answer, int status, String code) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    JsonNode problem = JSON.readTree(answer.body());
    assertThat(problem.path("code").asString()).isEqualTo(code);
    assertThat(problem.path("status").asInt()).isEqualTo(status);
    assertThat(problem.path("trace_id").asString()).hasSize(32);
  }
}
