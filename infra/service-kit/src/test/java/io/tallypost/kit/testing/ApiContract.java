package io.tallypost.kit.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_32BE;
import static java.nio.charset.StandardCharsets.UTF_32LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.ids.TenantId;
import io.tallypost.keys.AddressRange;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.mail.Mode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.context.ApplicationContext;

/** What every endpoint of a running service owes its callers. A refused call has done nothing. */
public final class ApiContract extends ServiceClient {
  /** There is one wherever there are tenants. */
  private static final TenantId OTHER = TenantId.DEFAULT;

  private final StoredState stored = new StoredState(service.getEnvironment(), this::keysMade);

  public ApiContract(ApplicationContext service) {
    super(service);
  }

  /**
   * Calls each endpoint without a key (401), with a key that has no scope (403), and where it shows
   * one tenant's things with the key of another (404). One that has no rule fails it.
   *
   * @param others for each pattern with a tenant's thing, a path to one of another tenant
   * @param scopes of the key that asks for those
   */
  public void assertGuarded(Map<String, String> others, Scope... scopes) {
    String powerless = key(new TenantId("acme"));
    String stranger = key(new TenantId("umbrella"), scopes);
    var endpoints = endpoints();
    assertThat(endpoints).isNotEmpty();
    stored.settle();
    for (Endpoint endpoint : endpoints) {
      String method = endpoint.method();
      String path = endpoint.path();
      if (endpoint.isPublic()) {
        assertThat(call(method, path, null).statusCode()).as(path).isNotIn(401, 403);
        continue;
      }
      assertThat(call(method, path, null).statusCode()).as("%s %s", method, path).isEqualTo(401);
      assertThat(call(method, path, powerless).statusCode())
          .as("%s %s with a key without scopes", method, path)
          .isEqualTo(403);
      String other = others.get(endpoint.pattern().getPatternString());
      if (other != null) {
        assertThat(call(method, other, stranger).statusCode())
            .as("%s %s of another tenant", method, path)
            .isEqualTo(404);
      }
      stored.assertUntouched(endpoint.name());
    }
    stored.assertUntouchedInTheEnd("refused calls");
    assertThat(endpoints.stream().map(endpoint -> endpoint.pattern().getPatternString()))
        .containsAll(others.keySet());
  }

  /**
   * Calls each endpoint with a test key of the tenant that claims every scope. It manages nothing
   * (403), and what is live is unknown to it (404), though a live key sees it. An endpoint that
   * serves test keys must be named, and shows in a test of its own that it shows no live mail.
   *
   * @param live for each pattern with a thing that has a mode, a path to a live one of the tenant
   * @param serving the endpoints for test keys, as {@code POST /api/v1/send}
   */
  public void assertApartByMode(TenantId tenant, Map<String, String> live, Set<String> serving) {
    String test = key(tenant, Mode.TEST, Scope.values());
    String owner = key(tenant, Scope.READ);
    var served = new ArrayList<String>();
    stored.settle();
    for (Endpoint endpoint : endpoints()) {
      if (endpoint.isPublic()) {
        continue;
      }
      String name = endpoint.method() + " " + endpoint.pattern().getPatternString();
      String path = live.get(endpoint.pattern().getPatternString());
      int answered =
          call(endpoint.method(), path == null ? endpoint.path() : path, test).statusCode();
      if (path != null) {
        assertThat(answered).as("%s of the other mode", name).isEqualTo(404);
        assertThat(call(endpoint.method(), path, owner).statusCode()).as(name).isEqualTo(200);
      } else if (serving.contains(name)) {
        assertThat(answered).as("%s with a test key", name).isNotIn(401, 403, 404);
        served.add(name);
      } else {
        assertThat(answered).as("%s with a test key", name).isEqualTo(403);
      }
      if (answered < 400) {
        stored.settleIfTouched();
      } else {
        stored.assertUntouched(name);
      }
    }
    stored.assertUntouchedInTheEnd("calls with a test key");
    assertThat(served).containsExactlyInAnyOrderElementsOf(serving);
  }

  /**
   * What a key is refused that has the scope and is too narrow for what it asks.
   *
   * @param body the JSON that it sends
   * @param code of the problem that it is answered with 403
   */
  public record Narrowed(String path, @Nullable String body, String key, String code) {}

  /**
   * Compares the service's endpoints with {@code endpoint-rules.yaml}, and the rules with how it
   * answers: an endpoint without a rule, a rule without an endpoint and a rule without its case
   * here fail it.
   *
   * @param section the service's in that file
   * @param others what {@link #assertGuarded} asks of another tenant's
   * @param narrowed for each endpoint where a key's restrictions matter, a call that they refuse
   */
  public void assertRuled(
      String section, Map<String, String> others, Map<String, Narrowed> narrowed) {
    var rules = EndpointRules.of("every service", section);
    assertThat(endpoints().stream().map(Endpoint::name))
        .as("each endpoint has its rule in endpoint-rules.yaml")
        .containsExactlyInAnyOrderElementsOf(rules.all().keySet());
    assertThat(
            rules.where(rule -> rule.things() == EndpointRules.Things.OWN).stream()
                .map(name -> name.substring(name.indexOf(' ') + 1))
                .distinct())
        .as("each endpoint for a tenant's own things is tried with another's")
        .containsExactlyInAnyOrderElementsOf(others.keySet());
    assertThat(rules.where(rule -> rule.narrower() == EndpointRules.Narrower.REFUSED))
        .as("each endpoint where a key's restrictions matter is tried with a narrower key")
        .isEqualTo(new TreeSet<>(narrowed.keySet()));
    var keys = new EnumMap<Scope, String>(Scope.class);
    for (Scope scope : Scope.values()) {
      keys.put(scope, key(new TenantId("acme"), scope));
    }
    String elsewhere =
        restricted(
            new KeyRestrictions(
                null, List.of(), List.of(), List.of(new AddressRange("192.0.2.0/24"))));
    String expired =
        restricted(
            new KeyRestrictions(Instant.now().minusSeconds(1), List.of(), List.of(), List.of()));
    stored.settle();
    for (Endpoint endpoint : endpoints()) {
      EndpointRules.Rule rule = Objects.requireNonNull(rules.all().get(endpoint.name()));
      assertThat(endpoint.isPublic()).as(endpoint.name()).isEqualTo(!rule.needsKey());
      if (rule.needsKey()) {
        rule.others()
            .forEach(scope -> assertRefused(endpoint, keys.get(scope), 403, "missing_scope"));
        assertRefused(endpoint, elsewhere, 403, "address_not_allowed");
        assertRefused(endpoint, expired, 401, "key_expired");
        if (rule.things() == EndpointRules.Things.CALLER) {
          assertNamesNoOtherTenant(endpoint, rule, keys);
        }
        stored.assertUntouched(endpoint.name());
      }
    }
    narrowed.forEach((name, call) -> {
      String method = name.substring(0, name.indexOf(' '));
      var answer = send("local.server.port", method, call.path(), call.key(), call.body());
      assertThat(answer.statusCode()).as("%s: %s", name, answer.body()).isEqualTo(403);
      assertThat(answer.body()).as(name).contains("\"" + call.code() + "\"");
      stored.assertUntouched(name);
    });
    assertLibrariesGuarded(keys);
    assertManagementGuarded(keys);
    stored.assertUntouchedInTheEnd("calls with wrong keys");
    for (Endpoint endpoint : endpoints()) {
      // Other methods would do something.
      if (endpoint.method().equals("GET")) {
        Objects.requireNonNull(rules.all().get(endpoint.name()))
            .scopes()
            .forEach(scope ->
                assertThat(call("GET", endpoint.path(), keys.get(scope)).statusCode())
                    .as("%s with %s", endpoint.name(), scope)
                    .isNotIn(401, 403));
      }
    }
  }

  /** Only an operator names another tenant, be it in the query or in the body. */
  private void assertNamesNoOtherTenant(
      Endpoint endpoint, EndpointRules.Rule rule, Map<Scope, String> keys) {
    var scopes = EnumSet.copyOf(rule.scopes());
    scopes.remove(Scope.OPERATOR);
    assertThat(scopes).as("%s is for callers of one tenant", endpoint.name()).isNotEmpty();
    for (Scope scope : scopes) {
      var answers = new ArrayList<HttpResponse<String>>();
      answers.add(call(endpoint.method(), endpoint.path() + "?tenant=" + OTHER, keys.get(scope)));
      if (endpoint.method().startsWith("P")) {
        String body = "{\"tenant\": \"" + OTHER + "\"}";
        answers.add(
            send("local.server.port", endpoint.method(), endpoint.path(), keys.get(scope), body));
      }
      assertThat(answers)
          .allSatisfy(answer -> {
            assertThat(answer.statusCode())
                .as("%s of another tenant with %s: %s", endpoint.name(), scope, answer.body())
                .isEqualTo(422);
            assertThat(answer.body()).as(endpoint.name()).contains("\"/tenant\"");
          });
    }
  }

  private void assertRefused(Endpoint endpoint, @Nullable String key, int status, String code) {
    var answer = call(endpoint.method(), endpoint.path(), key);
    assertThat(answer.statusCode()).as(endpoint.name()).isEqualTo(status);
    assertThat(answer.body()).as(endpoint.name()).contains("\"" + code + "\"");
  }

  /** What a library brings along is nobody's, unless it is one of the public paths. */
  private void assertLibrariesGuarded(Map<Scope, String> keys) {
    for (Endpoint endpoint :
        Endpoint.of(service, handler -> !handler.startsWith("io.tallypost."))) {
      if (!endpoint.isPublic()) {
        assertThat(call(endpoint.method(), endpoint.path(), null).statusCode())
            .as(endpoint.name())
            .isEqualTo(401);
        keys.values()
            .forEach(key ->
                assertThat(call(endpoint.method(), endpoint.path(), key).statusCode())
                    .as("%s with a key", endpoint.name())
                    .isEqualTo(403));
      }
    }
  }

  private void assertManagementGuarded(Map<Scope, String> keys) {
    var rules = EndpointRules.of("management");
    assertThat(
            service.getBean(PathMappedEndpoints.class).getAllPaths().stream()
                .map(path -> "GET " + path))
        .as("each management endpoint has its rule")
        .containsExactlyInAnyOrderElementsOf(rules.all().keySet());
    rules
        .all()
        .forEach((name, rule) -> {
          String path = name.substring(name.indexOf(' ') + 1);
          String port = "local.management.port";
          int open = send(port, "GET", path, null, null).statusCode();
          assertThat(open == 401).as(name).isEqualTo(rule.needsKey());
          if (rule.needsKey()) {
            rule.others()
                .forEach(scope ->
                    assertThat(send(port, "GET", path, keys.get(scope), null).statusCode())
                        .as("%s with %s", name, scope)
                        .isEqualTo(403));
          }
        });
  }

  /**
   * Calls each endpoint with what cannot be read (400, 415), with parameters that it does not have
   * (422), and with what cannot be answered in the form that is asked for: {@code Accept} is not
   * heeded, so that no answer is lost after the act.
   */
  public void assertReadsAndAnswersJsonOnly() throws IOException {
    assertReadsJsonOnly();
    assertAnswersJsonOnly();
  }

  private void assertReadsJsonOnly() throws IOException {
    stored.settle();
    for (Endpoint endpoint : endpoints()) {
      // Its own, because a key may not call the admin API without end.
      String key = "X-API-Key: " + key(new TenantId("umbrella"), Scope.values());
      String line = endpoint.method() + " " + endpoint.path();
      for (String query : List.of("=1", "=x", "subject=%ff", "limit=%zz", "%", "%00=1")) {
        var answer = raw(RawHttp.request(line + "?" + query, key));
        assertThat(answer.problemCode()).as("%s?%s", line, query).isEqualTo("bad_request");
        assertThat(answer.status()).isEqualTo(400);
      }
      if (!endpoint.isPublic()) {
        var answer =
            raw(
                RawHttp.request(
                        line + "?tennant=acme&limmit=1",
                        key,
                        "Content-Type: application/json",
                        "Content-Length: 2")
                    + "{}");
        assertThat(answer.problemCode())
            .as("%s with unknown parameters", line)
            .isEqualTo("validation_failed");
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.body()).contains("/tennant", "/limmit");
      }
      for (String type :
          List.of(
              "multipart/form-data",
              "multipart/form-data; boundary=b",
              "multipart/mixed",
              "application/x-www-form-urlencoded")) {
        String body = "--b\r\n\r\na=%ff\r\n--b--";
        var answer =
            raw(
                RawHttp.request(
                        line, key, "Content-Type: " + type, "Content-Length: " + body.length())
                    + body);
        assertThat(answer.problemCode())
            .as("%s of %s", line, type)
            .isEqualTo("unsupported_media_type");
        assertThat(answer.status()).isEqualTo(415);
      }
      stored.assertUntouched(endpoint.name());
    }
    stored.assertUntouchedInTheEnd("calls that cannot be read");
  }

  /** Some of these calls are good, and do what they should. */
  private void assertAnswersJsonOnly() throws IOException {
    for (Endpoint endpoint : endpoints()) {
      String key = "X-API-Key: " + key(new TenantId("umbrella"), Scope.values());
      String line = endpoint.method() + " " + endpoint.path();
      var statuses = new TreeSet<Integer>();
      if (endpoint.method().startsWith("P")) {
        statuses.addAll(assertReadsUtf8Only(endpoint));
      }
      for (String accept :
          List.of(
              "text/html", "application/xml;q=0.5", "nonsense", "*/*;q=0", "", ",;/", "a/b;q=x")) {
        var answer =
            raw(
                RawHttp.request(
                        line,
                        key,
                        "Content-Type: application/json",
                        "Accept: " + accept,
                        "Content-Length: 2")
                    + "{}");
        assertThat(answer.status()).as("%s with Accept: %s", line, accept).isNotIn(406, 500);
        if (!answer.body().isEmpty() && !endpoint.path().endsWith(".txt")) {
          assertThat(answer.json().isContainer()).as("%s with Accept: %s", line, accept).isTrue();
        }
        statuses.add(answer.status());
      }
      if (statuses.getFirst() < 400) {
        stored.settleIfTouched();
      } else {
        stored.assertUntouched(endpoint.name());
      }
    }
    stored.assertUntouchedInTheEnd("calls whose answers are asked for in another form");
  }

  /**
   * JSON is UTF-8 (RFC 8259, section 8.1). A byte order mark may be ignored, and is. An endpoint
   * that reads no body does not care.
   *
   * @return the statuses that it was answered
   */
  private List<Integer> assertReadsUtf8Only(Endpoint endpoint) throws IOException {
    String key = key(new TenantId("umbrella"), Scope.values());
    int plain = json(endpoint, key, "{}".getBytes(UTF_8)).status();
    assertThat(json(endpoint, key, "\ufeff{}".getBytes(UTF_8)).status())
        .as("%s with a byte order mark", endpoint.name())
        .isEqualTo(plain);
    var broken = json(endpoint, key, "{".getBytes(UTF_8));
    if (broken.problemCode().equals("malformed_json")) {
      for (Charset charset : List.of(UTF_16, UTF_16LE, UTF_16BE, UTF_32LE, UTF_32BE)) {
        for (String body : List.of("{}", "{\"a\": 1}", "\ufeff{}")) {
          assertThat(json(endpoint, key, body.getBytes(charset)).problemCode())
              .as("%s in %s", endpoint.name(), charset)
              .isEqualTo("malformed_json");
        }
      }
    }
    return List.of(plain, broken.status());
  }

  private RawHttp.Answer json(Endpoint endpoint, String key, byte[] body) throws IOException {
    return raw(
        RawHttp.request(
                endpoint.method() + " " + endpoint.path(),
                "X-API-Key: " + key,
                "Content-Type: application/json",
                "Content-Length: " + body.length)
            + new String(body, ISO_8859_1));
  }

  private RawHttp.Answer raw(String request) throws IOException {
    return RawHttp.exchange(
        service.getEnvironment().getRequiredProperty("local.server.port", Integer.class), request);
  }

  /** Our own endpoints; those of libraries need a key like any path that is not public. */
  private List<Endpoint> endpoints() {
    return Endpoint.of(service, handler -> handler.startsWith("io.tallypost."));
  }
}
