package io.tallypost.kit.web;

import static io.tallypost.kit.testing.RawHttp.exchange;
import static io.tallypost.kit.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Examples;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.ApiContract;
import io.tallypost.kit.testing.RawHttp;
import io.tallypost.mail.Mode;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.junit.jupiter.api.Test;
import org.springframework.boot.tomcat.TomcatWebServer;

/** What stands in front of the controllers, row by row as docs/security.md has it. */
class ContainerLimitsIT extends ContainerIT {
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
}
