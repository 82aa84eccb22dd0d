package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.testing.ApiContract;
import io.tallypost.testing.ApiDescription;
import io.tallypost.testing.RawHttp;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;

/** What holds for every endpoint of intake. */
class ApiIT extends IntakeIT {
  @Autowired private ApplicationContext context;
  private ApiContract api;

  @BeforeEach
  void contract() {
    api = new ApiContract(context);
  }

  @Test
  void guardsEveryEndpoint() {
    api.assertGuarded(Map.of());
  }

  @Test
  void readsAndAnswersJsonOnly() throws Exception {
    api.assertReadsAndAnswersJsonOnly();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"text/html", "application/xml", "nonsense", "*/*;q=0", "application/json;q=0"})
  void tellsWhatItDidWhateverTheClientAccepts(String accept) {
    String name = UUID.randomUUID().toString();
    var made =
        operator.call(
            "POST",
            "/api/v1/admin/api-keys",
            "{\"name\": \"%s\"}".formatted(name),
            "Accept",
            accept);
    String path = "/api/v1/admin/api-keys/" + made.text("id") + "/rotate";
    var rotated = operator.call("POST", path, "{}", "Accept", accept);
    var sent =
        client.send(
            "{\"to\": \"bob@example.org\", \"subject\": \"s\", \"text\": \"t\"}", "Accept", accept);

    assertThat(made.status()).isEqualTo(201);
    assertThat(made.text("api_key")).startsWith("sk_live_");
    assertThat(rotated.status()).isEqualTo(200);
    assertThat(rotated.text("api_key")).startsWith("sk_live_");
    assertThat(sent.status()).isEqualTo(202);
    assertThat(sent.text("id")).isNotEqualTo("(none)");
    assertThat(client.call("POST", "/api/v1/send", "{}", "Accept", accept).header("Content-Type"))
        .isEqualTo("application/problem+json");
  }

  @Test
  void refusesHeadersWithControlCharacters() throws Exception {
    var answer =
        RawHttp.exchange(
            port,
            RawHttp.request(
                    "POST /api/v1/send",
                    "X-API-Key: " + newKey(10),
                    "Content-Type: application/json",
                    "X-Odd: a\u0085b",
                    "Content-Length: 2")
                + "{}");

    assertThat(answer.problemCode()).isEqualTo("bad_request");
    assertThat(answer.status()).isEqualTo(400);
  }

  @Test
  void isDescribedAsItIs() throws Exception {
    new ApiDescription("intake-service", api).assertUpToDate();
  }

  @Test
  void showsTheDescriptionToAnybody() {
    var description = api.call("GET", "/openapi.json", null);

    assertThat(description.statusCode()).isEqualTo(200);
    assertThat(description.body())
        .contains("/api/v1/send", "/api/v1/usage", "/api/v1/messages/{id}");
    assertThat(api.call("GET", "/swagger-ui", null).statusCode()).isEqualTo(302);
    assertThat(api.call("GET", "/swagger-ui/index.html", null).statusCode()).isEqualTo(200);
    assertThat(api.call("GET", "/v3/api-docs/swagger-config", null).body())
        .contains("/openapi.json");
    assertThat(api.call("GET", "/v3/api-docs", null).statusCode()).isEqualTo(401);
    assertThat(api.call("GET", "/.well-known/security.txt", null).statusCode()).isEqualTo(404);
  }

  @Test
  void letsThePageRunItsOwnScriptsAndCallThisApiOnly() {
    var page = api.call("GET", "/swagger-ui/index.html", null);

    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'", "script-src 'self';", "connect-src 'self'")
        .contains("frame-ancestors 'none'")
        .doesNotContain("unsafe-eval");
    // Such a policy would stop scripts within the page, and those of other sites.
    assertThat(page.body()).contains("<script src=\"./").doesNotContain("src=\"http", "<script>");
    assertThat(api.call("GET", "/swagger-ui/swagger-initializer.js", null).statusCode())
        .isEqualTo(200);
    assertThat(
            api.call("GET", "/api/v1/health", null).headers().firstValue("Content-Security-Policy"))
        .hasValueSatisfying(
            policy -> assertThat(policy).startsWith("default-src 'none'").doesNotContain("'self'"));
  }
}
