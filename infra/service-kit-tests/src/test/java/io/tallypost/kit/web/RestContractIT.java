package io.tallypost.kit.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Objects;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.tomcat.TomcatWebServer;

/** What every service answers alike, to whom, and with which headers. */
class RestContractIT extends RestIT {
  @Autowired private WebSettings settings;

  @Test
  void letsAKeyInByEitherHeader() throws Exception {
    var byHeader = send(get("/api/v1/greeting").header("X-API-Key", reader));
    var byBearer = send(get("/api/v1/greeting").header("Authorization", "Bearer " + reader));

    assertThat(byHeader.statusCode()).isEqualTo(200);
    assertThat(byHeader.body()).isEqualTo("hello acme");
    assertThat(byBearer.statusCode()).isEqualTo(200);
  }

  @Test
  void protectsEveryAnswer() throws Exception {
    for (var answer :
        List.of(
            send(get("/api/v1/greeting")),
            send(get("/api/v1/greeting").header("X-API-Key", reader)))) {
      assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
      assertThat(answer.headers().firstValue("X-Frame-Options")).hasValue("DENY");
      assertThat(answer.headers().firstValue("Referrer-Policy")).hasValue("no-referrer");
      assertThat(answer.headers().firstValue("Cache-Control").orElseThrow()).contains("no-store");
      assertThat(answer.headers().firstValue("Strict-Transport-Security")).isEmpty();
    }
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
    assertProblem(send(get("/api/v1/greeting").header("X-API-Key", disabled)), 403, "key_disabled");
    assertProblem(
        send(get("/api/v1/greeting").header("X-API-Key", operator)), 403, "missing_scope");
  }

  @Test
  void answersProblemsToWhatItDoesNotHave() throws Exception {
    assertProblem(send(get("/api/v1/nothing").header("X-API-Key", reader)), 404, "not_found");
    var wrongMethod = send(request("/api/v1/greeting").DELETE().header("X-API-Key", reader));
    assertProblem(wrongMethod, 405, "method_not_allowed");
    assertThat(wrongMethod.headers().firstValue("Allow").orElseThrow()).contains("GET", "POST");
    assertProblem(
        send(
            request("/api/v1/greeting")
                .POST(BodyPublishers.ofString("hello"))
                .header("Content-Type", "text/plain")
                .header("X-API-Key", operator)),
        415,
        "unsupported_media_type");
    assertProblem(send(get("/error").header("X-API-Key", reader)), 404, "not_found");
  }

  @Test
  void keepsItsInternalsToItself() throws Exception {
    var fault = send(get("/api/v1/fault").header("X-API-Key", reader));

    assertProblem(fault, 500, "internal_error");
    assertThat(fault.body()).doesNotContain("secret internals", "Exception");
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
}
