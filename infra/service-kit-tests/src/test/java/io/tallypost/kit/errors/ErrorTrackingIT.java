package io.tallypost.kit.errors;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sentry.Sentry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reports to a small double of Sentry's, which takes envelopes. */
class ErrorTrackingIT {
  private static final Logger log = LoggerFactory.getLogger(ErrorTrackingIT.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final List<String> envelopes = new CopyOnWriteArrayList<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/api/1/envelope/",
        exchange -> {
          try (exchange;
              InputStream body = exchange.getRequestBody()) {
            boolean zipped =
                "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            envelopes.add(
                new String((zipped ? new GZIPInputStream(body) : body).readAllBytes(), UTF_8));
            exchange.sendResponseHeaders(200, -1);
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void reportsWhereItWasThrownAndNoWordOfWhatItSays() {
    String dsn = "http://key@127.0.0.1:" + server.getAddress().getPort() + "/1";
    var tracking = new ErrorTracking(new ErrorSettings(dsn, "staging"), "delivery-worker");
    try (var _ = MDC.putCloseable("trace_id", "0af7651916cd43dd8448eb211c80319c");
        var _ = MDC.putCloseable("request_id", "canary-request")) {
      var cause = new IllegalArgumentException("Failing row contains (canary-subject)");
      log.atError().log("mail failed");
      log.atWarn().setCause(cause).log("trying again");
      log.atError()
          .addKeyValue("canary-key", "canary-value")
          .setCause(new IllegalStateException("bob@canary.example, sk_live_canary", cause))
          .log("send failed for {}", "carol@canary.example");
    }
    await().atMost(Duration.ofSeconds(30)).until(() -> !envelopes.isEmpty());
    tracking.destroy();
    log.atError().setCause(new IllegalStateException("late")).log("after the end");

    assertThat(envelopes).hasSize(1);
    assertThat(envelopes.getFirst()).doesNotContain("canary", "Failing row");
    JsonNode event = event(envelopes.getFirst());
    assertThat(event.path("message").path("message").asString()).isEqualTo("send failed for {}");
    assertThat(event.path("logger").asString()).isEqualTo(ErrorTrackingIT.class.getName());
    assertThat(event.path("environment").asString()).isEqualTo("staging");
    assertThat(event.path("tags").path("service").asString()).isEqualTo("delivery-worker");
    assertThat(event.path("tags").path("trace_id").asString())
        .isEqualTo("0af7651916cd43dd8448eb211c80319c");
    JsonNode exceptions = event.path("exception").path("values");
    assertThat(exceptions.valueStream().map(one -> one.path("type").asString()))
        .containsExactly("IllegalArgumentException", "IllegalStateException");
    assertThat(exceptions.path(1).path("stacktrace").path("frames").toString())
        .contains("reportsWhereItWasThrownAndNoWordOfWhatItSays");
  }

  @Test
  void doesNothingWithoutADsn() {
    var tracking = new ErrorTracking(new ErrorSettings("", "production"), "delivery-worker");

    log.atError().setCause(new IllegalStateException("no matter")).log("nobody hears");
    tracking.destroy();

    assertThat(Sentry.isEnabled()).isFalse();
    assertThat(envelopes).isEmpty();
  }

  /** An envelope is a line about itself, and for each item a line about it and its content. */
  private static JsonNode event(String envelope) {
    List<String> lines = envelope.lines().toList();
    assertThat(JSON.readTree(lines.get(1)).path("type").asString()).isEqualTo("event");
    return JSON.readTree(lines.get(2));
  }
}
