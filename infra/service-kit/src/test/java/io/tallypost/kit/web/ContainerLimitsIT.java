package io.tallypost.kit.web;

import static io.tallypost.kit.testing.RawHttp.exchange;
import static io.tallypost.kit.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.events.Examples;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.ApiContract;
import io.tallypost.kit.testing.Backends;
import io.tallypost.kit.testing.RawHttp;
import io.tallypost.mail.Mode;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** What stands in front of the controllers, row by row as docs/security.md has it. */
@SpringBootTest(
    classes = RestContractIT.Service.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "spring.config.import=classpath:tallypost-defaults.yaml",
      "tallypost.keys.bcrypt-cost=4",
      "server.tomcat.connection-timeout=1s",
      "server.tomcat.keep-alive-timeout=1s",
      "tallypost.web.body-timeout=3s",
      "tallypost.keys.failures-per-minute=" + ContainerLimitsIT.FAILURES,
      "tallypost.keys.admin-calls-per-minute=" + ContainerLimitsIT.ADMIN_CALLS,
      // Tests play the proxy in front.
      "tallypost.keys.trusted-proxies=127.0.0.0/8",
    })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainerLimitsIT {
  static final int FAILURES = 5;
  static final int ADMIN_CALLS = 20;
  private static final String PATH = "/api/v1/greeting";
  private static final String JSON_TYPE = "Content-Type: application/json";

  @DynamicPropertySource
  static void backends(DynamicPropertyRegistry registry) {
    registry.add("spring.kafka.bootstrap-servers", Backends::kafka);
    registry.add("management.server.port", () -> 0);
  }

  @LocalServerPort private int port;
  @LocalManagementPort private int managementPort;
  @Autowired private ServletWebServerApplicationContext service;
  private String key = "";

  @BeforeAll
  void makeKey() {
    key = "X-API-Key: " + new ApiContract(service).key(Examples.ACME, Scope.READ, Scope.OPERATOR);
  }

  static Stream<Arguments> whatHttpDoesNotHave() {
    return Stream.of(
        Arguments.of("an encoded slash", request("GET /a%2fb"), "bad_request"),
        Arguments.of("a backslash", request("GET /a%5cb"), "bad_request"),
        Arguments.of("a path that is not UTF-8", request("GET /%ff"), "bad_request"),
        Arguments.of("a bad escape", request("GET /%zz"), "bad_request"),
        Arguments.of("a path above the root", request("GET /../../etc"), "bad_request"),
        Arguments.of("a path parameter", request("GET /api/v1;a=b/health"), "bad_request"),
        Arguments.of("a double slash", request("GET //api//v1"), "bad_request"),
        Arguments.of("a control character", request("GET /a%00b"), "bad_request"),
        Arguments.of("a raw character", request("GET /a<b"), "bad_request"),
        Arguments.of("a path without a slash", request("GET api"), "bad_request"),
        Arguments.of("a method of signs", request("G@T /"), "bad_request"),
        Arguments.of("a method that nobody has", request("BREW /"), "bad_request"),
        Arguments.of("CONNECT", request("CONNECT localhost:80"), "not_implemented"),
        Arguments.of("TRACE", request("TRACE /api/v1/greeting"), "method_not_allowed"),
        Arguments.of(
            "another version", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", "http_version_not_supported"),
        Arguments.of("no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "bad_request"),
        Arguments.of("two hosts", request("GET /", "Host: other"), "bad_request"),
        Arguments.of(
            "an odd host",
            "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
            "bad_request"),
        Arguments.of("a header without a colon", request("GET /", "nonsense"), "bad_request"),
        Arguments.of(
            "a header of 9 KB", request("GET /", "A: " + "b".repeat(9_000)), "bad_request"),
        Arguments.of("a path of 9 KB", request("GET /" + "b".repeat(9_000)), "bad_request"),
        Arguments.of(
            "101 headers", request("GET /", "A: b\r\n".repeat(100) + "C: d"), "bad_request"),
        Arguments.of("a length of words", request("POST /", "Content-Length: many"), "bad_request"),
        Arguments.of("a negative length", request("POST /", "Content-Length: -1"), "bad_request"),
        Arguments.of(
            "two lengths",
            request("POST /", "Content-Length: 1", "Content-Length: 2"),
            "bad_request"),
        Arguments.of(
            "an unknown coding", request("POST /", "Transfer-Encoding: rot13"), "not_implemented"),
        Arguments.of(
            "an unknown expectation", request("GET /", "Expect: wonders"), "expectation_failed"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("whatHttpDoesNotHave")
  void answersAProblemToWhatHttpDoesNotHave(String what, String request, String code)
      throws Exception {
    var answer = exchange(port, request);

    assertThat(answer.problemCode()).as(what).isEqualTo(code);
    assertThat(answer.json().path("status").asInt()).isEqualTo(answer.status());
    assertThat(answer.header("X-Request-ID")).isNotEqualTo("(none)");
    assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(answer.header("Content-Security-Policy")).startsWith("default-src 'none'");
  }

  @Test
  void answersAProblemOnTheManagementPortToo() throws Exception {
    assertThat(exchange(managementPort, request("GET /a%2fb")).problemCode())
        .isEqualTo("bad_request");
    assertThat(exchange(managementPort, request("GET /health?=1")).problemCode())
        .isEqualTo("bad_request");
    assertThat(exchange(managementPort, request("GET /health?%ff")).status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"=1", "=x", "a=%ff", "a=%zz", "%", "a=%", "%00=1", "a&=", "a=\u00ff", "a[%5d=1|"})
  void refusesAQueryThatCannotBeRead(String query) throws Exception {
    var answer = exchange(port, request("GET " + PATH + "?" + query, key));

    assertThat(answer.problemCode()).isEqualTo("bad_request");
    assertThat(answer.status()).isEqualTo(400);
  }

  @Test
  void refusesMoreParametersThanAnyEndpointHas() throws Exception {
    String line = "GET " + PATH + "?";

    assertThat(exchange(port, request(line + "a&".repeat(99), key)).status()).isEqualTo(200);
    assertThat(exchange(port, request(line + "a&".repeat(2_000), key)).status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/form-data",
        "multipart/form-data; boundary=b",
        "MULTIPART/FORM-DATA; boundary=",
        "multipart/mixed",
        "multipart/",
      })
  void refusesParts(String type) throws Exception {
    for (String line : new String[] {"GET " + PATH, "POST " + PATH, "POST /api/v1/nothing"}) {
      String body = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n";
      var without = exchange(port, request(line, key, "Content-Type: " + type));
      var with =
          exchange(
              port,
              request(line, key, "Content-Type: " + type, "Content-Length: " + body.length())
                  + body);

      assertThat(without.problemCode()).as(line).isEqualTo("unsupported_media_type");
      assertThat(with.problemCode()).as(line).isEqualTo("unsupported_media_type");
      assertThat(with.status()).isEqualTo(415);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE", "GET"})
  void readsNoForm(String method) throws Exception {
    String form = "Content-Type: application/x-www-form-urlencoded";
    String chunked = "Transfer-Encoding: chunked";
    try (var nobody = RawHttp.connect(port);
        var known = RawHttp.connect(port)) {
      // Both are answered although their bodies go on.
      nobody.send(request(method + " " + PATH, form, chunked) + "a\r\na=bbbbbbbb\r\n");
      known.send(request(method + " " + PATH, form, chunked, key) + "a\r\na=bbbbbbbb\r\n");

      assertThat(nobody.answer().status()).isEqualTo(401);
      assertThat(known.answer().problemCode()).isEqualTo("unsupported_media_type");
    }
  }

  @Test
  void cutsOffABodyThatTricklesAndSaysWhy() throws Exception {
    try (var slow = RawHttp.connect(port)) {
      slow.send(request("POST " + PATH, JSON_TYPE, "Content-Length: 1000", key));
      long began = System.nanoTime();
      var answer = whileTrickling(slow, "x", slow::answer);

      assertThat(answer.problemCode()).isEqualTo("request_timeout");
      assertThat(answer.status()).isEqualTo(408);
      assertThat(answer.header("Connection")).isEqualTo("close");
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(10));
      assertThat(slow.isClosed()).isTrue();
    }
  }

  @Test
  void cutsOffChunksThatTrickleAndSaysWhy() throws Exception {
    try (var slow = RawHttp.connect(port)) {
      slow.send(request("POST " + PATH, JSON_TYPE, "Transfer-Encoding: chunked", key));

      assertThat(whileTrickling(slow, "1\r\nx\r\n", slow::answer).problemCode())
          .isEqualTo("request_timeout");
      assertThat(slow.isClosed()).isTrue();
    }
  }

  @Test
  void cutsOffABodyThatStops() throws Exception {
    try (var mute = RawHttp.connect(port)) {
      mute.send(request("POST " + PATH, JSON_TYPE, "Content-Length: 1000", key) + "{");

      assertThat(mute.answer().problemCode()).isEqualTo("request_timeout");
      assertThat(mute.isClosed()).isTrue();
    }
  }

  @Test
  void readsOnBehindARefusalForThatTimeOnly() throws Exception {
    try (var slow = RawHttp.connect(port)) {
      slow.send(
          request("POST " + PATH, JSON_TYPE, "Content-Length: 1000000")
              .replace("Connection: close", "Connection: keep-alive"));

      assertThat(slow.answer().status()).isEqualTo(401);
      long began = System.nanoTime();
      assertThat(whileTrickling(slow, "x", slow::isClosed)).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    }
  }

  @Test
  void keepsTheConnectionOfAClientThatWasRefusedAndSentItsBodyAllTheSame() throws Exception {
    try (var client = RawHttp.connect(port)) {
      String body = "x".repeat(3_000_000);
      client.send(
          "POST " + PATH + " HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + body);
      assertThat(client.answer().status()).isEqualTo(401);

      client.send(request("GET " + PATH, key));
      assertThat(client.answer().body()).isEqualTo("hello acme");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 60000000", "Transfer-Encoding: chunked"})
  void readsNoMoreThanSoMuchBehindARefusal(String length) throws Exception {
    String megabyte = "x".repeat(1_000_000);
    String piece = length.endsWith("chunked") ? "f4240\r\n" + megabyte + "\r\n" : megabyte;
    var sent = new AtomicInteger();
    try (var client = RawHttp.connect(port)) {
      client.send("POST " + PATH + " HTTP/1.1\r\nHost: a\r\n" + length + "\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(401);

      assertThatThrownBy(
              () -> {
                while (sent.get() < 60) {
                  client.send(piece);
                  sent.incrementAndGet();
                }
              })
          .as("the connection is closed before all is sent")
          .isInstanceOf(IOException.class);
    }
    // What was read, and what fits into the buffers between.
    assertThat(sent).hasValueLessThan(50);
  }

  /** A key is charged before anybody knows what it is, and given back what it was charged. */
  @Test
  void chargesANetworkForWrongKeysAlone() throws Exception {
    var contract = new ApiContract(service);
    for (int i = 0; i < 2 * FAILURES; i++) {
      String good = "X-API-Key: " + contract.key(Examples.ACME, Scope.READ);
      assertThat(calledBy(good, "203.0.113.5")).isEqualTo(200);
    }
    for (int i = 0; i < FAILURES; i++) {
      assertThat(calledBy(wrongKey(), "203.0.113.5")).isEqualTo(401);
    }
    assertThat(calledBy(wrongKey(), "203.0.113.5")).isEqualTo(429);
  }

  /** Whoever has one address of IPv6 has its whole /64. */
  @Test
  void countsTheWrongKeysOfAWholeNetwork() throws Exception {
    for (int i = 0; i < FAILURES; i++) {
      assertThat(calledBy(wrongKey(), "2001:db8:0:5::" + i)).isEqualTo(401);
    }
    assertThat(calledBy(wrongKey(), "2001:db8:0:5:ffff::1")).isEqualTo(429);
    assertThat(calledBy(wrongKey(), "2001:db8:0:6::1")).isEqualTo(401);
  }

  private static String wrongKey() {
    return "X-API-Key: " + ApiKeyToken.generate(Mode.LIVE, new SecureRandom()).plaintext();
  }

  private int calledBy(String keyHeader, String client) throws IOException {
    return exchange(port, request("GET " + PATH, keyHeader, "X-Forwarded-For: " + client)).status();
  }

  @Test
  void slowsAKeyThatAsksForLogLevelsTooOftenAndNobodyElse() throws Exception {
    var contract = new ApiContract(service);
    String busy = "X-API-Key: " + contract.key(Examples.ACME, Scope.OPERATOR);
    String line = "GET /loggers/io.tallypost";
    for (int i = 0; i < ADMIN_CALLS; i++) {
      assertThat(exchange(managementPort, request(line, busy)).status()).isEqualTo(200);
    }

    assertThat(exchange(managementPort, request(line, busy)).problemCode())
        .isEqualTo("rate_limited");
    assertThat(exchange(managementPort, request(line, key)).status()).isEqualTo(200);
  }

  @Test
  void asksForABodyOnlyWhenItIsWanted() throws Exception {
    String expecting =
        request("POST " + PATH, JSON_TYPE, "Content-Length: 2", "Expect: 100-continue");
    try (var nobody = RawHttp.connect(port);
        var known = RawHttp.connect(port)) {
      nobody.send(expecting);
      known.send(expecting.replace("\r\n\r\n", "\r\n" + key + "\r\n\r\n"));

      assertThat(nobody.answer().status()).isEqualTo(401);
      assertThat(known.line()).isEqualTo("HTTP/1.1 100 ");
      assertThat(known.line()).isEmpty();
      assertThat(known.send("{}").answer().body()).isEqualTo("2");
    }
  }

  @Test
  void answersAProblemToChunksThatAreNone() throws Exception {
    String chunk = "1\r\nx\r\n";
    for (String chunks :
        List.of(
            "zz\r\n",
            "-1\r\n",
            "fffffffffffffffff\r\n",
            "1\r\nxyz",
            "1;" + "e".repeat(9_000) + "\r\nx\r\n0\r\n\r\n",
            chunk + "0\r\nTrailer: " + "t".repeat(9_000) + "\r\n\r\n")) {
      var answer =
          exchange(
              port, request("POST " + PATH, JSON_TYPE, "Transfer-Encoding: chunked", key) + chunks);
      assertThat(answer.problemCode()).as(chunks).isEqualTo("bad_request");
    }
  }

  @Test
  void closesConnectionsThatSayNothing() throws Exception {
    try (var mute = RawHttp.connect(port);
        var half = RawHttp.connect(port);
        var idle = RawHttp.connect(port)) {
      half.send("GET / HTTP/1.1\r\nHost: a\r\nX-");
      idle.send(request("GET " + PATH, key).replace("Connection: close", "Connection: keep-alive"));
      assertThat(idle.answer().status()).isEqualTo(200);

      assertThat(mute.isClosed()).isTrue();
      assertThat(half.isClosed()).isTrue();
      assertThat(idle.isClosed()).isTrue();
    }
  }

  @Test
  void servesAGoodKeyBesideThreeHundredSlowUploads() throws Exception {
    assertThat(exchange(port, request("GET " + PATH, key)).status()).isEqualTo(200);
    var uploads = new ArrayList<RawHttp>();
    try {
      for (int i = 0; i < 300; i++) {
        var upload = RawHttp.connect(port);
        uploads.add(upload);
        upload.send(
            request("POST " + PATH, JSON_TYPE, "Content-Length: 1000000", i % 2 == 0 ? key : "A: b")
                + "x".repeat(1_000));
      }
      for (int i = 0; i < 10; i++) {
        long began = System.nanoTime();
        assertThat(exchange(port, request("GET " + PATH, key)).status()).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
      }
      for (int i = 0; i < uploads.size(); i++) {
        assertThat(uploads.get(i).answer().status()).isEqualTo(i % 2 == 0 ? 408 : 401);
        assertThat(uploads.get(i).isClosed()).isTrue();
      }
    } finally {
      for (RawHttp upload : uploads) {
        upload.close();
      }
    }
  }

  @Test
  void hasTheLimitsOfThePage() {
    var server = (TomcatWebServer) Objects.requireNonNull(service.getWebServer(), "it is running");
    var protocol =
        (AbstractHttp11Protocol<?>) server.getTomcat().getConnector().getProtocolHandler();
    assertThat(
            List.of(
                protocol.getMaxHttpRequestHeaderSize(),
                protocol.getMaxHeaderCount(),
                protocol.getMaxConnections(),
                protocol.getAcceptCount(),
                protocol.getMaxKeepAliveRequests(),
                protocol.getMaxTrailerSize(),
                protocol.getMaxExtensionSize()))
        .containsExactly(8192, 100, 8192, 100, -1, 8192, 8192);
  }

  private interface Read<T> {
    T read() throws IOException;
  }

  /** Sends a piece five times a second, as long as the other side takes it. */
  private static <T> T whileTrickling(RawHttp connection, String piece, Read<T> read)
      throws IOException {
    try (var sender = Executors.newSingleThreadScheduledExecutor()) {
      var _ =
          sender.scheduleAtFixedRate(
              () -> {
                try {
                  connection.send(piece);
                } catch (IOException closed) {
                  sender.shutdown();
                }
              },
              0,
              200,
              TimeUnit.MILLISECONDS);
      try {
        return read.read();
      } finally {
        sender.shutdownNow();
      }
    }
  }
}
