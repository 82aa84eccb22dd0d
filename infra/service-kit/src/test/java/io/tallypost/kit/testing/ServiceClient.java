package io.tallypost.kit.testing;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.EventJson;
import io.tallypost.events.Topics;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.mail.Mode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

/** Calls a running service, with keys that it makes known to it. */
abstract class ServiceClient {
  final ApplicationContext service;
  private final HttpClient http = HttpClient.newHttpClient();
  private long keysMade;

  ServiceClient(ApplicationContext service) {
    this.service = service;
  }

  /** A bean of the running service. */
  <T> T bean(Class<T> type) {
    return service.getBean(type);
  }

  /** Calls the running service with a JSON body where the method has one. */
  public HttpResponse<String> call(
      String method, String path, @Nullable String key, String... headers) {
    return send(
        "local.server.port", method, path, key, method.startsWith("P") ? "{}" : null, headers);
  }

  HttpResponse<String> send(
      String portName,
      String method,
      String path,
      @Nullable String key,
      @Nullable String body,
      String... headers) {
    String port = service.getEnvironment().getRequiredProperty(portName);
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
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

  /** A live key that the service knows. */
  public String key(TenantId tenant, Scope... scopes) {
    return key(tenant, Mode.LIVE, scopes);
  }

  /** A key that the service knows. */
  public String key(TenantId tenant, Mode mode, Scope... scopes) {
    return key(tenant, mode, Set.of(scopes), true, KeyRestrictions.NONE);
  }

  /** One that is switched off. */
  public String disabledKey(TenantId tenant, Scope... scopes) {
    return key(tenant, Mode.LIVE, Set.of(scopes), false, KeyRestrictions.NONE);
  }

  /** A key with all scopes that is restricted in something else. */
  String restricted(KeyRestrictions restrictions) {
    return key(new TenantId("acme"), Mode.LIVE, EnumSet.allOf(Scope.class), true, restrictions);
  }

  private String key(
      TenantId tenant,
      Mode mode,
      Set<Scope> scopes,
      boolean enabled,
      KeyRestrictions restrictions) {
    var token = ApiKeyToken.generate(mode, new SecureRandom());
    String hash = service.getBean(BCryptPasswordEncoder.class).encode(token.secret());
    publish(
        new ApiKeyState(
            ApiKeyState.SHAPE,
            1,
            token.id(),
            tenant,
            "contract " + token.id(),
            mode,
            scopes,
            List.of(new ApiKeySecret(Objects.requireNonNull(hash), null)),
            enabled,
            List.of(),
            null,
            restrictions,
            null));
    return token.plaintext();
  }

  /** How many keys it has made so far. */
  long keysMade() {
    return keysMade;
  }

  @SuppressWarnings("unchecked")
  private void publish(ApiKeyState state) {
    CompactedView<ApiKeyState> keys = service.getBean("apiKeys", CompactedView.class);
    await().until(keys::isCaughtUp);
    String id = state.id().value();
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", Backends.kafka()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      var _ =
          producer.send(
              new ProducerRecord<>(Topics.API_KEYS, id.getBytes(UTF_8), EventJson.write(state)));
    }
    await().until(() -> keys.get(id).isPresent());
    keysMade++;
  }
}
