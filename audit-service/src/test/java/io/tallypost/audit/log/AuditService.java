package io.tallypost.audit.log;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.Event;
import io.tallypost.events.EventJson;
import io.tallypost.events.Topics;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.Scope;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.mail.Mode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.springframework.boot.test.context.TestComponent;
import org.springframework.core.env.Environment;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The running service as the topics' writers and its callers see it. */
@TestComponent
class AuditService {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpClient http = HttpClient.newHttpClient();
  private final KafkaTemplate<byte[], byte[]> kafka;
  private final BCryptPasswordEncoder bcrypt;
  private final CompactedView<ApiKeyState> keys;
  private final Environment environment;

  AuditService(
      KafkaTemplate<byte[], byte[]> kafka,
      BCryptPasswordEncoder bcrypt,
      CompactedView<ApiKeyState> keys,
      Environment environment) {
    this.kafka = kafka;
    this.bcrypt = bcrypt;
    this.keys = keys;
    this.environment = environment;
  }

  /** A key that the service knows. */
  String key(TenantId tenant, Scope... scopes) {
    await().until(keys::isCaughtUp);
    var token = ApiKeyToken.generate(Mode.LIVE, new SecureRandom());
    var state =
        new ApiKeyState(
            ApiKeyState.SHAPE,
            1,
            token.id(),
            tenant,
            "test",
            Mode.LIVE,
            Set.of(scopes),
            List.of(new ApiKeySecret(String.valueOf(bcrypt.encode(token.secret())), null)),
            true,
            List.of(),
            null);
    send(
        new ProducerRecord<>(
            Topics.API_KEYS, token.id().value().getBytes(UTF_8), EventJson.write(state)));
    await().until(() -> keys.get(token.id().value()).isPresent());
    return token.plaintext();
  }

  void send(ProducerRecord<byte[], byte[]> record) {
    kafka.send(record).join();
  }

  void send(Event... events) {
    for (Event event : events) {
      send(Wire.record(event));
    }
  }

  HttpResponse<String> get(MessageId id, String key) {
    return get("/api/v1/messages/" + id, key);
  }

  HttpResponse<String> get(String path, String key) {
    return get("local.server.port", HttpRequest.newBuilder().header("X-API-Key", key), path);
  }

  HttpResponse<String> manage(String path) {
    return get("local.management.port", HttpRequest.newBuilder(), path);
  }

  private HttpResponse<String> get(String port, HttpRequest.Builder request, String path) {
    var uri = URI.create("http://127.0.0.1:" + environment.getRequiredProperty(port) + path);
    try {
      return http.send(request.uri(uri).build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The message as its owner reads it, once it has this status. */
  JsonNode awaitStatus(MessageId id, String key, String status) {
    return await()
        .until(
            () -> JSON.readTree(get(id, key).body()),
            body -> status.equals(body.path("status").asString("")));
  }

  static JsonNode json(HttpResponse<String> response) {
    return JSON.readTree(response.body());
  }
}
