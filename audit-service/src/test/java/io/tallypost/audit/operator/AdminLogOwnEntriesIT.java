package io.tallypost.audit.operator;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.Scope;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What this service itself enters: what operators look at, and the log levels that they change. */
class AdminLogOwnEntriesIT extends LogIT {
  @Test
  void recordsWhatOperatorsLookAtThatIsNotTheirTenants() {
    SendRequested mail = operator.dead(Category.PERMANENT, 550, BOB);
    String letter = operator.letterOf(mail);
    String key = http.key(TenantId.DEFAULT, Scope.OPERATOR, Scope.READ_BODY);
    String plain = http.key(TenantId.DEFAULT, Scope.OPERATOR);
    String own = http.key(operator.tenant(), Scope.OPERATOR);
    String search = "/api/v1/messages?limit=1&tenant=" + operator.tenant();

    get(key, search + "&recipient=bob@example.org&subject=Secret&status=failed");
    get(key, search + "&recipient=bob@example.org&subject=Secret&status=failed&cursor=");
    get(key, search + "&recipient=carol@example.org&subject=Secret&status=failed");
    get(key, "/api/v1/messages/" + mail.messageId());
    get(key, "/api/v1/admin/dead-letters?category=permanent&limit=1");
    get(key, "/api/v1/admin/unaccounted?limit=1");
    get(key, "/api/v1/admin/dead-letters/" + letter);
    get(plain, "/api/v1/admin/dead-letters/" + letter);
    get(own, search);
    get(own, "/api/v1/messages/" + mail.messageId());

    String actor = "actor=" + id(key);
    assertThat(actions(actor))
        .containsExactly(
            "dead_letter.body_read",
            "unaccounted.searched",
            "dead_letter.searched",
            "message.read",
            "message.searched",
            "message.searched");
    assertThat(actions("actor=" + id(plain))).containsExactly("dead_letter.read");
    assertThat(actions("actor=" + id(own))).isEmpty();
    String admin = http.key(operator.tenant(), Scope.ADMIN);
    assertThat(items(admin, "").stream().map(item -> item.path("action").asString()))
        .as("the tenant is told, but of searches of all")
        .containsExactlyInAnyOrder(
            "dead_letter.body_read",
            "dead_letter.read",
            "message.read",
            "message.searched",
            "message.searched");
    JsonNode searched = items(admin, "action=message.searched").getFirst();
    assertThat(searched.path("detail").asString())
        .isEqualTo("recipient=*** status=failed subject=*** tenant=" + operator.tenant());
    assertThat(details(key, "action=message.searched&tenant=" + operator.tenant()))
        .as("operators are not told either whom and what others looked for")
        .containsOnly("recipient=*** status=failed subject=*** tenant=" + operator.tenant());
    assertThat(searched.path("client").asString()).isEqualTo("127.0.0.1");
    assertThat(searched.path("actor_name").asString()).startsWith("contract ");
    assertThat(searched.path("actor_tenant").asString()).isEqualTo("default");
    assertThat(searched.path("request_id").asString()).hasSize(36);
  }

  @Test
  void recordsChangesOfLogLevels() throws IOException, InterruptedException {
    String logger = "io.tallypost.test" + operator.tenant();
    String key = http.key(TenantId.DEFAULT, Scope.OPERATOR);

    assertThat(setLevel(logger, "\"DEBUG\"", key)).isEqualTo(204);
    await().until(() -> operatorsIds("subject=" + logger).size() == 1);
    assertThat(setLevel(logger, "null", key)).isEqualTo(204);
    await().until(() -> operatorsIds("subject=" + logger).size() == 2);
    assertThat(setLevel(logger, "\"DEBUG\"", http.key(TenantId.DEFAULT, Scope.ADMIN)))
        .isEqualTo(403);

    List<JsonNode> entries = new ArrayList<>();
    operator.get(LOG + "?subject=" + logger).path("items").forEach(entries::add);
    assertThat(entries)
        .extracting(entry -> entry.path("before").path("level").asString())
        .containsExactly("DEBUG", "inherited");
    assertThat(entries)
        .extracting(entry -> entry.path("after").path("level").asString())
        .containsExactly("inherited", "DEBUG");
    assertThat(entries)
        .allSatisfy(entry -> {
          assertThat(entry.path("action").asString()).isEqualTo("log_level.changed");
          assertThat(entry.path("service").asString()).isEqualTo("audit-service");
          assertThat(entry.path("actor").asString()).isEqualTo(id(key));
          assertThat(entry.path("client").asString()).isEqualTo("127.0.0.1");
        });
  }

  @Test
  void recordsNoChangeOfALevelThatWasRefused() throws IOException, InterruptedException {
    String key = http.key(TenantId.DEFAULT, Scope.OPERATOR);
    String logger = "io.tallypost.test" + operator.tenant();

    assertThat(setLevel("ROOT", "null", key)).isEqualTo(400);
    assertThat(setLevel("root", "null", key)).isEqualTo(400);
    assertThat(setLevel(logger, "\"LOUD\"", key)).isEqualTo(400);
    assertThat(setLevel(logger, "\"INFO\"", key)).isEqualTo(204);

    // They are in the order in which they were written, or nearly.
    await().until(() -> !operatorsIds("actor=" + id(key)).isEmpty());
    published(operator.tenant(), "tenant.changed", now);
    assertThat(actions("actor=" + id(key))).containsExactly("log_level.changed");
    assertThat(operatorsIds("subject=" + logger)).hasSize(1);
  }

  private List<String> actions(String query) {
    List<String> actions = new ArrayList<>();
    operator
        .get(LOG + "?limit=200&" + query)
        .path("items")
        .forEach(item -> actions.add(item.path("action").asString()));
    return actions;
  }

  private static String id(String key) {
    ApiKeyId id = ApiKeyToken.parse(key).orElseThrow().id();
    return id.value();
  }

  private int setLevel(String logger, String level, String key)
      throws IOException, InterruptedException {
    String port = context.getEnvironment().getRequiredProperty("local.management.port");
    try (var client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/loggers/" + logger))
                  .header("X-API-Key", key)
                  .header("Content-Type", "application/json")
                  .POST(BodyPublishers.ofString("{\"configuredLevel\": " + level + "}"))
                  .build(),
              BodyHandlers.ofString())
          .statusCode();
    }
  }
}
