package io.tallypost.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.config.CompactedView;
import io.tallypost.events.EventJson;
import io.tallypost.events.Mode;
import io.tallypost.events.TenantId;
import io.tallypost.events.Topics;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.PublicPaths;
import io.tallypost.keys.Scope;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.http.server.PathContainer;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/** What every endpoint of a running service owes its callers. */
public final class ApiContract {
  private final ApplicationContext service;
  private final HttpClient http = HttpClient.newHttpClient();

  public ApiContract(ApplicationContext service) {
    this.service = service;
  }

  private record Endpoint(String method, PathPattern pattern) {
    String path() {
      return pattern.getPatternString().replaceAll("\\{[^}]*}", "1");
    }

    boolean isPublic() {
      var path = PathContainer.parsePath(path());
      return Arrays.stream(PublicPaths.all())
          .map(PathPatternParser.defaultInstance::parse)
          .anyMatch(open -> open.matches(path));
    }
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
    }
    assertThat(endpoints.stream().map(endpoint -> endpoint.pattern().getPatternString()))
        .containsAll(others.keySet());
  }

  /**
   * Calls each endpoint with what cannot be read (400, 415), and with what cannot be answered in
   * the form that is asked for: {@code Accept} is not heeded, so that no answer is lost after the
   * act.
   */
  public void assertReadsAndAnswersJsonOnly() throws IOException {
    String key = "X-API-Key: " + key(new TenantId("umbrella"), Scope.values());
    for (Endpoint endpoint : endpoints()) {
      String line = endpoint.method() + " " + endpoint.path();
      for (String query : List.of("=1", "=x", "subject=%ff", "limit=%zz", "%", "%00=1")) {
        var answer = raw(RawHttp.request(line + "?" + query, key));
        assertThat(answer.problemCode()).as("%s?%s", line, query).isEqualTo("bad_request");
        assertThat(answer.status()).isEqualTo(400);
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
      }
    }
  }

  private RawHttp.Answer raw(String request) throws IOException {
    return RawHttp.exchange(
        service.getEnvironment().getRequiredProperty("local.server.port", Integer.class), request);
  }

  /** Our own endpoints; those of libraries need a key like any path that is not public. */
  private List<Endpoint> endpoints() {
    var found = new ArrayList<Endpoint>();
    service
        .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
        .getHandlerMethods()
        .forEach((mapping, handler) -> {
          if (!handler.getBeanType().getName().startsWith("io.tallypost.")) {
            return;
          }
          var methods = mapping.getMethodsCondition().getMethods();
          for (var pattern :
              Objects.requireNonNull(mapping.getPathPatternsCondition()).getPatterns()) {
            if (methods.isEmpty()) {
              found.add(new Endpoint("GET", pattern));
            }
            methods.forEach(method -> found.add(new Endpoint(method.name(), pattern)));
          }
        });
    return found;
  }

  /** Calls the running service with a JSON body where the method has one. */
  public HttpResponse<String> call(
      String method, String path, @Nullable String key, String... headers) {
    String port = service.getEnvironment().getRequiredProperty("local.server.port");
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json")
            .method(
                method,
                method.startsWith("P") ? BodyPublishers.ofString("{}") : BodyPublishers.noBody());
    if (key != null) {
      request.header("X-API-Key", key);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** A key that the service knows. */
  @SuppressWarnings("unchecked")
  public String key(TenantId tenant, Scope... scopes) {
    CompactedView<ApiKeyState> keys = service.getBean("apiKeys", CompactedView.class);
    await().until(keys::isCaughtUp);
    var token = ApiKeyToken.generate(Mode.LIVE, new SecureRandom());
    String hash = service.getBean(BCryptPasswordEncoder.class).encode(token.secret());
    var state =
        new ApiKeyState(
            ApiKeyState.SHAPE,
            1,
            token.id(),
            tenant,
            "contract " + token.id(),
            Mode.LIVE,
            Set.of(scopes),
            List.of(new ApiKeySecret(Objects.requireNonNull(hash), null)),
            true,
            List.of(),
            null);
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", Backends.kafka()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      var _ =
          producer.send(
              new ProducerRecord<>(
                  Topics.API_KEYS, token.id().value().getBytes(UTF_8), EventJson.write(state)));
    }
    await().until(() -> keys.get(token.id().value()).isPresent());
    return token.plaintext();
  }
}
