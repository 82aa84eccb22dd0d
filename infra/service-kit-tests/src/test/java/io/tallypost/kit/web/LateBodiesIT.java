package io.tallypost.kit.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Examples;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.ApiContract;
import io.tallypost.kit.testing.HeldRequest;
import io.tallypost.kit.view.CompactedView;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;

/** Bodies that come once their keys are not what they were when the requests began. */
class LateBodiesIT extends ContainerIT {
  private static final String POST = "POST " + PATH;
  private static final List<ApiKeySecret> ANOTHER = List.of(new ApiKeySecret("another", null));

  @Autowired private CompactedView<ApiKeyState> apiKeys;

  @Test
  void doNothingWithASecretThatWasRevoked() throws IOException {
    String own = operator();
    try (var held = HeldRequest.begin(port, POST, own, "{}")) {
      put(own, Set.of(Scope.OPERATOR), ANOTHER);

      var answer = held.end();
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.problemCode()).isEqualTo("unauthorized");
    }
  }

  @Test
  void doNothingWithAScopeThatWasTakenAway() throws IOException {
    String own = operator();
    try (var held = HeldRequest.begin(port, POST, own, "{}")) {
      put(own, Set.of(Scope.READ), known(own).secrets());

      assertThat(held.end().problemCode()).isEqualTo("missing_scope");
    }
  }

  @Test
  void doWhatTheKeyStillMay() throws IOException {
    String own = operator();
    try (var held = HeldRequest.begin(port, POST, own, "{}")) {
      put(own, Set.of(Scope.OPERATOR, Scope.READ), known(own).secrets());

      assertThat(held.end().body()).isEqualTo("2");
    }
  }

  @Test
  void changeNoLogLevel() throws IOException {
    String own = operator();
    String logger = "io.tallypost.late";
    try (var held =
        HeldRequest.begin(
            managementPort, "POST /loggers/" + logger, own, "{\"configuredLevel\": \"DEBUG\"}")) {
      put(own, Set.of(Scope.OPERATOR), ANOTHER);

      assertThat(held.end().status()).isEqualTo(401);
      assertThat(LoggerFactory.getLogger(logger).isDebugEnabled()).isFalse();
    }
  }

  private String operator() {
    return new ApiContract(service).key(Examples.ACME, Scope.OPERATOR);
  }

  private ApiKeyState known(String own) {
    return apiKeys.get(ApiKeyToken.parse(own).orElseThrow().id().value()).orElseThrow();
  }

  private void put(String own, Set<Scope> scopes, List<ApiKeySecret> secrets) {
    ApiKeyState key = known(own);
    apiKeys.put(
        key.id().value(),
        key.version() + 1,
        new ApiKeyState(
            ApiKeyState.SHAPE,
            key.version() + 1,
            key.id(),
            key.tenant(),
            key.name(),
            key.mode(),
            scopes,
            secrets,
            true,
            List.of(),
            null,
            KeyRestrictions.NONE,
            null));
  }
}
