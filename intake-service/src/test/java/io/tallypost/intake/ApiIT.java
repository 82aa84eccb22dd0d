package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.ids.TenantId;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.ApiContract;
import io.tallypost.kit.testing.ApiDescription;
import io.tallypost.kit.testing.RawHttp;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    api.assertApartByMode(TenantId.DEFAULT, Map.of(), Set.of("POST /api/v1/send"));
  }

  @Test
  void hasARuleForEveryEndpoint() {
    String id = newKey(operator, "'daily_limit': 'unlimited'").text("id");
    String key = "/api/v1/admin/api-keys/" + id;
    Map<String, String> others =
        Map.of(
            "/api/v1/admin/api-keys/{id}",
            key,
            "/api/v1/admin/api-keys/{id}/rotate",
            key + "/rotate");

    api.assertGuarded(others, Scope.ADMIN);
    api.assertRuled("intake-service", others, narrowed(key));
  }

  /** What a key with the scope is refused, because something else narrows it. */
  private Map<String, ApiContract.Narrowed> narrowed(String freerKey) {
    String domains = "'allowed_sender_domains': ['acme.example']";
    String admin =
        newKey(operator, "'scopes': ['send', 'read', 'admin'], " + domains).text("api_key");
    String narrowOperator =
        newKey(operator, "'scopes': ['read', 'operator'], " + domains).text("api_key");
    String relay =
        operator
            .call(
                "POST",
                "/api/v1/admin/relays",
                "{\"name\": \"%s\", \"host\": \"192.0.2.25\"}".formatted(UUID.randomUUID()))
            .text("id");
    String exceeds = "exceeds_own_key";
    return Map.of(
        "POST /api/v1/send",
        new ApiContract.Narrowed(
            "/api/v1/send",
            """
            {"from": "x@evil.example", "to": "bob@example.org", "subject": "Hello", "text": "Hi."}
            """,
            admin,
            "sender_not_allowed"),
        "POST /api/v1/admin/api-keys",
        new ApiContract.Narrowed(
            "/api/v1/admin/api-keys",
            "{\"name\": \"freer\", \"allowed_sender_domains\": null}",
            admin,
            exceeds),
        "PATCH /api/v1/admin/api-keys/{id}",
        new ApiContract.Narrowed(freerKey, "{\"enabled\": false}", admin, exceeds),
        "DELETE /api/v1/admin/api-keys/{id}",
        new ApiContract.Narrowed(freerKey, null, admin, exceeds),
        "POST /api/v1/admin/api-keys/{id}/rotate",
        new ApiContract.Narrowed(freerKey + "/rotate", "{}", admin, exceeds),
        "POST /api/v1/admin/relays/{id}/test",
        new ApiContract.Narrowed(
            "/api/v1/admin/relays/" + relay + "/test",
            "{\"from\": \"x@evil.example\", \"to\": \"bob@example.org\"}",
            narrowOperator,
            "sender_not_allowed"));
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

  /** Parts are of no use to anybody, and the refusal of one that is not there is no problem. */
  @Test
  void showsTheWholeDescriptionWhateverPartIsAskedFor() throws Exception {
    for (String range : List.of("bytes=0-9", "bytes=99999999-")) {
      var answer = RawHttp.exchange(port, RawHttp.request("GET /openapi.json", "Range: " + range));

      assertThat(answer.status()).as(range).isEqualTo(200);
      assertThat(answer.json().path("openapi").asString()).startsWith("3.");
    }
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
