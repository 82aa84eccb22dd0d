package io.tallypost.audit.operator;

import static io.tallypost.audit.operator.Operator.REPLAYS;
import static io.tallypost.events.Examples.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.ApiContract;
import io.tallypost.kit.testing.HeldRequest;
import io.tallypost.kit.view.CompactedView;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationContext;

/** What an operator's secret does once it was revoked: nothing, whenever its request began. */
class LateBodiesIT extends OperatorIT {
  @LocalServerPort private int port;
  @Autowired private ApplicationContext context;
  @Autowired private CompactedView<ApiKeyState> apiKeys;
  private Operator operator;

  @BeforeEach
  void operator() {
    operator = Operator.of(context);
  }

  @Test
  void discardNoLetter() throws IOException {
    String letter = operator.letterOf(operator.dead(Category.PERMANENT, 550, BOB));

    assertRefused(
        "POST /api/v1/admin/dead-letters/" + letter + "/discard", "{\"reason\": \"mine\"}");

    assertWaits(letter);
  }

  @Test
  void replayNoLetter() throws IOException {
    String letter = operator.letterOf(operator.dead(Category.PERMANENT, 550, BOB));

    assertRefused("POST " + REPLAYS, "{\"ids\": [\"%s\"]}".formatted(letter));

    assertWaits(letter);
  }

  @Test
  void redriveNoMessage() throws IOException {
    Instant longAgo = Instant.now().minus(Duration.ofHours(2));
    SendRequested lost = operator.upstream().accept(operator.upstream().request(longAgo, BOB));
    operator.awaitStatus(lost, "queued");

    assertRefused(
        "POST /api/v1/admin/unaccounted/redrive",
        "{\"ids\": [\"%s\"]}".formatted(lost.messageId()));

    assertThat(operator.timeline(lost)).doesNotContain("redriven");
    assertThat(operator.adminLog(lost.messageId().toString())).doesNotContain("message.redriven");
  }

  private void assertRefused(String line, String body) throws IOException {
    String key = new ApiContract(context).key(TenantId.DEFAULT, Scope.OPERATOR);
    try (var held = HeldRequest.begin(port, line, key, body)) {
      revoke(key);

      var answer = held.end();
      assertThat(answer.status()).as(answer.body()).isEqualTo(401);
      assertThat(answer.problemCode()).isEqualTo("unauthorized");
    }
  }

  /** As a rotation without overlap does. */
  private void revoke(String key) {
    ApiKeyState state =
        apiKeys.get(ApiKeyToken.parse(key).orElseThrow().id().value()).orElseThrow();
    ApiKeyState next = state.next(List.of(new ApiKeySecret("another", null)));
    apiKeys.put(state.id().value(), next.version(), next);
  }

  private void assertWaits(String letter) {
    assertThat(
            operator
                .jdbc()
                .queryForObject(
                    "SELECT state FROM audit.dead_letter_state WHERE letter_id = ?::uuid",
                    String.class,
                    letter))
        .isEqualTo("waiting");
    assertThat(operator.adminLog(letter)).doesNotContain("dead_letter.discarded");
  }
}
