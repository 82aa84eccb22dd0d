package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;

/** Keys of a tenant that nobody else has, and what they make. */
abstract class TenantKeysIT extends KeyIT {
  static final String ADMIN = "'scopes': ['send', 'read', 'admin']";

  String tenant = "";

  @BeforeEach
  void tenant() {
    tenant = "t-" + UUID.randomUUID();
    operator.call(
        "POST",
        "/api/v1/admin/tenants",
        "{\"id\": \"%s\", \"name\": \"%s\"}".formatted(tenant, tenant));
  }

  Client.Answer made(Client maker, String fields) {
    return newKey(maker, (maker == operator ? "'tenant': '" + tenant + "', " : "") + fields);
  }

  Client.Answer post(Client maker, String fields) {
    return maker.call(
        "POST",
        KEYS,
        "{\"name\": \"%s\", %s}".formatted(UUID.randomUUID(), fields.replace('\'', '"')));
  }

  static Client.Answer patch(Client changer, Client.Answer key, String fields) {
    return changer.call("PATCH", path(key), ("{" + fields + "}").replace('\'', '"'));
  }

  List<String> madeBy(Client asking, Client.Answer key) {
    return asking
        .get(KEYS + "?limit=200&made_by=" + key.text("id"))
        .body()
        .path("items")
        .values()
        .stream()
        .map(item -> item.path("id").asString())
        .toList();
  }

  static List<String> ids(Client.Answer... keys) {
    return Stream.of(keys).map(key -> key.text("id")).toList();
  }

  static void assertRefused(Client.Answer answer, String... pointers) {
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(403);
    assertThat(answer.text("code")).isEqualTo("exceeds_own_key");
    assertThat(answer.pointers()).containsExactly(pointers);
  }
}
