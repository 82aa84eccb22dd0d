package io.tallypost.kit.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.Test;

/** What a page in a browser may call, and what it is told before. */
class CorsIT extends RestIT {
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
}
