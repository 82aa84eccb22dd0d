package io.tallypost.stack.client;

import io.tallypost.stack.Patience;
import io.tallypost.stack.rest.RestClient;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;

/** A program that posts mail, holding one API key. */
public final class Client {
  private static final Duration KNOWN = Duration.ofSeconds(15);
  private static final Duration FATE = Duration.ofSeconds(30);

  private final String api;
  private final String key;
  private final String id;
  private final RestClient rest;

  private Client(String api, String key, String id) {
    this.api = api;
    this.key = key;
    this.id = id;
    this.rest = RestClient.of(api).withKey(key);
  }

  /** What came back. */
  public record Answer(int status, HttpHeaders headers, JsonNode body) {
    private static Answer of(RestClient.Answer answer) {
      return new Answer(answer.status(), answer.headers(), answer.json());
    }
  }

  /**
   * A client with a key of its own, known to every service.
   *
   * @throws IllegalStateException when no key was made
   */
  public static Client withLimit(StackProcess stack, String name, int dailyLimit) {
    return made(stack, key(name, dailyLimit));
  }

  /**
   * The same with a test key, whose mail ends at the simulated relay.
   *
   * @throws IllegalStateException when no key was made
   */
  public static Client forTests(StackProcess stack, String name, int dailyLimit) {
    Map<String, Object> key = key(name, dailyLimit);
    key.put("mode", "test");
    return made(stack, key);
  }

  /**
   * The same in a tenant of its own, which is made for it and has the name of the key.
   *
   * @throws IllegalStateException when no tenant or no key was made
   */
  public static Client ofNewTenant(StackProcess stack, String tenant, int dailyLimit) {
    makeTenant(stack, tenant);
    return ofTenant(stack, tenant, dailyLimit);
  }

  /**
   * The same with a key that also makes keys of its tenant, of any limit.
   *
   * @throws IllegalStateException when no tenant or no key was made
   */
  public static Client adminOfNewTenant(StackProcess stack, String tenant) {
    makeTenant(stack, tenant);
    Map<String, Object> key = key(tenant, 1);
    key.put("tenant", tenant);
    key.put("daily_limit", "unlimited");
    key.put("scopes", List.of("send", "read", "admin"));
    return made(stack, key);
  }

  /**
   * The same in a tenant that there is already.
   *
   * @throws IllegalStateException when no key was made
   */
  public static Client ofTenant(StackProcess stack, String tenant, int dailyLimit) {
    Map<String, Object> key = key(tenant, dailyLimit);
    key.put("tenant", tenant);
    return made(stack, key);
  }

  private static void makeTenant(StackProcess stack, String tenant) {
    Answer created =
        operator(stack).post("/api/v1/admin/tenants", Map.of("id", tenant, "name", tenant));
    if (created.status() != 201) {
      throw new IllegalStateException("no tenant was made: " + created.body());
    }
  }

  private static Map<String, Object> key(String name, int dailyLimit) {
    Map<String, Object> key = new HashMap<>();
    key.put("name", name + "-" + System.nanoTime());
    key.put("daily_limit", dailyLimit);
    key.put("default_from", "Acme <mail@acme.example>");
    return key;
  }

  private static Client made(StackProcess stack, Map<String, Object> key) {
    Answer created = operator(stack).post("/api/v1/admin/api-keys", key);
    if (created.status() != 201) {
      throw new IllegalStateException("no key was made: " + created.body());
    }
    var client =
        new Client(
            stack.apiUrl(),
            created.body().path("api_key").asString(),
            created.body().path("id").asString());
    await(KNOWN, "quota knows the key", () -> client.get("/api/v1/usage").status() == 200);
    await(
        KNOWN,
        "audit knows the key",
        () -> client.get("/api/v1/messages/00000000-0000-7000-8000-000000000000").status() == 404);
    return client;
  }

  /** Whoever runs the stack. */
  public static Client operator(StackProcess stack) {
    return new Client(stack.apiUrl(), stack.adminKey(), "");
  }

  /** The same client at one process of intake, past the front door. */
  public Client at(String serviceUrl) {
    return new Client(serviceUrl, key, id);
  }

  /** The same client with the secret that replaced its own. */
  public Client withKey(String renewed) {
    return new Client(api, renewed, id);
  }

  /** This client's key, for whoever speaks to the API by other means. */
  public String key() {
    return key;
  }

  /** The id of this client's key. */
  public String keyId() {
    return id;
  }

  /** PATCH with this as JSON. */
  public Answer patch(String path, Object body) {
    return Answer.of(rest.patch(path, body));
  }

  /** DELETE. */
  public Answer delete(String path) {
    return Answer.of(rest.delete(path));
  }

  /** Sends a mail and waits for its verdict. */
  public Answer send(Object mail) {
    return post("/api/v1/send", mail);
  }

  /** POST with this as JSON, and with headers as name, value, name, value. */
  public Answer post(String path, Object body, String... headers) {
    RestClient client = rest;
    for (int i = 0; i < headers.length; i += 2) {
      client = client.with(headers[i], headers[i + 1]);
    }
    return Answer.of(client.post(path, body));
  }

  /** GET. */
  public Answer get(String path) {
    return Answer.of(rest.get(path));
  }

  /**
   * The message, once it has reached this status.
   *
   * @throws IllegalStateException when it has not within 30 s
   */
  public JsonNode awaitStatus(String id, String status) {
    await(
        FATE,
        id + " is " + status,
        () -> get("/api/v1/messages/" + id).body().path("status").asString().equals(status));
    return get("/api/v1/messages/" + id).body();
  }

  private static void await(Duration limit, String what, BooleanSupplier condition) {
    if (Patience.first(limit, () -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty())
        .isEmpty()) {
      throw new IllegalStateException("not within %d s: %s".formatted(limit.toSeconds(), what));
    }
  }
}
