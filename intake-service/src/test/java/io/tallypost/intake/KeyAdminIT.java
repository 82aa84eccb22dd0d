package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.keys.ApiKeyToken;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may see and manage keys, and how what was done reaches all replicas. */
class KeyAdminIT extends KeyIT {
  @BeforeEach
  void approve() {
    quota.answer(Quota.APPROVING);
  }

  @Test
  void listsByPages() {
    for (int i = 0; i < 5; i++) {
      newKey(operator, "'daily_limit': 1");
    }
    List<String> all = new ArrayList<>();
    operator
        .get(KEYS + "?limit=200")
        .body()
        .path("items")
        .values()
        .forEach(key -> all.add(key.path("id").asString()));

    List<String> paged = new ArrayList<>();
    String next = "";
    do {
      var page = operator.get(KEYS + "?limit=2" + next);
      assertThat(page.body().path("items").size()).isBetween(1, 2);
      page.body().path("items").values().forEach(key -> paged.add(key.path("id").asString()));
      next = page.body().has("next_cursor") ? "&cursor=" + page.text("next_cursor") : "";
    } while (!next.isEmpty());

    assertThat(paged).hasSizeGreaterThanOrEqualTo(5).isEqualTo(all);
  }

  @ParameterizedTest
  @ValueSource(strings = {"?cursor=x", "?cursor=!", "?limit=0", "?limit=201", "?limit=a"})
  void refusesParametersThatAreNone(String query) {
    assertThat(operator.get(KEYS + query).status()).isEqualTo(422);
  }

  @Test
  void showsAnAdminOnlyItsOwnTenant() {
    operator.call(
        "POST", "/api/v1/admin/tenants", "{\"id\": \"umbrella\", \"name\": \"Umbrella\"}");
    var foreign = newKey(operator, "'daily_limit': 1");
    var admin =
        holder(newKey(operator, "'tenant': 'umbrella', 'scopes': ['send', 'read', 'admin']"));

    var own = newKey(admin, "'daily_limit': 5");

    assertThat(own.text("tenant")).isEqualTo("umbrella");
    for (var call :
        List.of(
            admin.get(path(foreign)),
            admin.call("PATCH", path(foreign), "{\"enabled\": false}"),
            admin.call("PATCH", path(foreign), "{\"nonsense\": 1}"),
            admin.call("POST", path(foreign) + "/rotate", "{}"),
            admin.call("POST", path(foreign) + "/rotate", "{\"overlap\": -1}"),
            admin.call("DELETE", path(foreign), null))) {
      assertThat(call.status()).isEqualTo(404);
    }
    assertThat(admin.get(KEYS + "?limit=200").body().path("items").values())
        .isNotEmpty()
        .allMatch(key -> key.path("tenant").asString().equals("umbrella"));
    var elsewhere = admin.call("POST", KEYS, "{\"name\": \"x\", \"tenant\": \"default\"}");
    assertThat(elsewhere.status()).isEqualTo(422);
    assertThat(elsewhere.pointers()).containsExactly("/tenant");
    assertThat(operator.get(path(foreign)).body().path("enabled").asBoolean()).isTrue();
    assertThat(admin.call("DELETE", path(own), null).status()).isEqualTo(204);
  }

  @Test
  void grantsOnlyWhatTheCallerHolds() {
    var admin = holder(newKey(operator, "'scopes': ['send', 'read', 'admin']"));
    var plain = newKey(admin, "'daily_limit': 5");

    var made =
        admin.call(
            "POST", KEYS, "{\"name\": \"" + UUID.randomUUID() + "\", \"scopes\": [\"operator\"]}");
    var raised = admin.call("PATCH", path(plain), "{\"scopes\": [\"send\", \"read:body\"]}");

    assertThat(made.status()).isEqualTo(403);
    assertThat(made.text("code")).isEqualTo("scope_not_held");
    assertThat(raised.status()).isEqualTo(403);
    assertThat(operator.get(path(plain)).body().path("scopes").toString())
        .isEqualTo("[\"send\",\"read\"]");
  }

  @Test
  void keepsAdminsOffKeysThatCanDoMore() {
    var admin = holder(newKey(operator, "'scopes': ['send', 'read', 'admin']"));
    var higher = newKey(operator, "'scopes': ['send', 'operator']");

    assertThat(admin.get(path(higher)).status()).isEqualTo(200);
    assertThat(admin.call("POST", path(higher) + "/rotate", "{}").status()).isEqualTo(403);
    assertThat(admin.call("PATCH", path(higher), "{\"enabled\": false}").status()).isEqualTo(403);
    assertThat(admin.call("DELETE", path(higher), null).status()).isEqualTo(403);
    assertThat(holder(higher).send(MAIL).status()).isEqualTo(202);
  }

  @Test
  void refusesTheAdminApiToOrdinaryKeys() {
    var created = newKey(operator, "'daily_limit': 5");
    var holder = holder(created);

    for (var call :
        List.of(
            holder.get(KEYS),
            holder.get(path(created)),
            holder.call("POST", KEYS, "{}"),
            holder.call("PATCH", path(created), "{}"),
            holder.call("POST", path(created) + "/rotate", "{}"),
            holder.call("DELETE", path(created), null))) {
      assertThat(call.status()).isEqualTo(403);
      assertThat(call.text("code")).isEqualTo("missing_scope");
    }
  }

  @Test
  void notesWhoDidWhatWithoutSecrets() {
    var created = newKey(operator, "'daily_limit': 5");
    operator.call("PATCH", path(created), "{\"daily_limit\": 6, \"enabled\": false}");
    operator.call("POST", path(created) + "/rotate", "{\"overlap\": 0}");
    operator.call("DELETE", path(created), null);
    operator.call("PATCH", path(created), "{}");
    String actor = ApiKeyToken.parse(operatorKey()).orElseThrow().id().value();

    List<String> rows =
        jdbc.sql(
                "SELECT actor || ' ' || action || ' ' || tenant || ' ' || array_to_string(fields, ',') FROM intake.admin_log WHERE subject_id = :id AND at > now() - interval '1 hour' ORDER BY id")
            .param("id", created.text("id"))
            .query(String.class)
            .list();

    assertThat(rows)
        .containsExactly(
            actor + " api_key.created default name,daily_limit",
            actor + " api_key.changed default daily_limit,enabled",
            actor + " api_key.rotated default ",
            actor + " api_key.deleted default ");
  }

  @Test
  void learnsFromPostgresWhatKafkaDoesNotTell() {
    var changed = newKey(operator, "'daily_limit': 5");
    var deleted = newKey(operator, "'daily_limit': 5");

    // As another replica does it, but for the outbox.
    jdbc.sql(
            "UPDATE intake.api_key SET enabled = false, version = version + 1, updated_at = now() WHERE id = :id")
        .param("id", changed.text("id"))
        .update();
    jdbc.sql(
            "INSERT INTO intake.tombstone (topic, key, version, deleted_at) VALUES ('config.api-keys.v1', :id, 2, now())")
        .param("id", deleted.text("id"))
        .update();

    await().until(() -> holder(changed).send(MAIL).status() == 403);
    await().until(() -> holder(deleted).send(MAIL).status() == 401);
  }

  @Test
  void leavesATombstoneForReplicasThatKafkaHasNotTold() {
    var created = newKey(operator, "'daily_limit': 5");

    operator.call("DELETE", path(created), null);

    assertThat(
            jdbc.sql("SELECT version FROM intake.tombstone WHERE key = :id")
                .param("id", created.text("id"))
                .query(Long.class)
                .single())
        .isEqualTo(2);
  }

  @Test
  void showsWhenAKeyWasLastUsed() {
    var created = newKey(operator, "'daily_limit': 5");
    assertThat(operator.get(path(created)).body().has("last_used_at")).isFalse();

    holder(created).send(MAIL);

    await().until(() -> operator.get(path(created)).body().has("last_used_at"));
    var seen = operator.get(path(created));
    assertThat(seen.text("last_used_at")).endsWith(":00Z");
    assertThat(seen.text("updated_at")).isEqualTo(created.text("updated_at"));
  }
}
