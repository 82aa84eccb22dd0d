package io.tallypost.kit.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Examples;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.ApiContract;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client with a key of each kind, and what it is answered. */
@TestPropertySource(
    properties = {
      "tallypost.web.max-body=1KB",
      "tallypost.web.cors.allowed-origins=https://console.example",
      "tallypost.keys.bcrypt-cost=4"
    })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RestIT extends GreetingServiceIT {
  static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpClient http = HttpClient.newHttpClient();

  String reader = "";
  String operator = "";
  String disabled = "";

  @BeforeAll
  void makeKeys() {
    var keys = new ApiContract(service);
    reader = keys.key(Examples.ACME, Scope.READ);
    operator = keys.key(Examples.ACME, Scope.OPERATOR);
    disabled = keys.disabledKey(Examples.ACME, Scope.READ);
  }

  HttpRequest.Builder get(String path) {
    return request(path).GET();
  }

  HttpRequest.Builder request(String path) {
    return request(port, path);
  }

  static HttpRequest.Builder request(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  static void assertProblem(HttpResponse<String> answer, int status, String code) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    JsonNode problem = JSON.readTree(answer.body());
    assertThat(problem.path("code").asString()).isEqualTo(code);
    assertThat(problem.path("status").asInt()).isEqualTo(status);
    assertThat(problem.path("trace_id").asString()).hasSize(32);
  }
}
