package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.testing.HeldRequest;
import io.tallypost.kit.testing.RawHttp;
import java.io.IOException;
import java.sql.SQLException;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a secret does once it was revoked: nothing, whenever its request began. */
class LateBodiesIT extends TenantKeysIT {
  private static final String OPERATOR = "'scopes': ['operator', 'send']";

  /** Else a thief takes the key away from its owner, who has just revoked the thief's secret. */
  @Test
  void rotateNoKey() throws IOException {
    var key = made(operator, ADMIN);
    String rotate = path(key) + "/rotate";
    try (var thief = begin("POST " + rotate, key, "{\"overlap\": 0}")) {
      var owned = holder(key).call("POST", rotate, "{\"overlap\": 0}");
      assertThat(owned.status()).isEqualTo(200);

      assertUnauthorized(thief.end());
      assertThat(holder(owned).get(path(key)).status()).isEqualTo(200);
      assertThat(operator.get(path(key)).text("updated_at")).isEqualTo(owned.text("updated_at"));
    }
  }

  @Test
  void makeNoKey() throws IOException {
    var key = made(operator, ADMIN);
    try (var thief = begin("POST " + KEYS, key, newKeyBody())) {
      revoke(key);

      assertUnauthorized(thief.end());
      assertThat(madeBy(operator, key)).isEmpty();
    }
  }

  @Test
  void makeNoKeyFromANetworkThatIsNotAllowedAnyMore() throws IOException {
    var key = made(operator, ADMIN);
    try (var elsewhere = begin("POST " + KEYS, key, newKeyBody())) {
      assertThat(patch(operator, key, "'allowed_cidrs': ['192.0.2.0/24']").status()).isEqualTo(200);

      var answer = elsewhere.end();
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.problemCode()).isEqualTo("address_not_allowed");
      assertThat(madeBy(operator, key)).isEmpty();
    }
  }

  @Test
  void makeNoKeyOfATenantThatWasDisabled() throws IOException {
    var key = made(operator, ADMIN);
    try (var late = begin("POST " + KEYS, key, newKeyBody())) {
      var disabled =
          operator.call("PATCH", "/api/v1/admin/tenants/" + tenant, "{\"enabled\": false}");
      assertThat(disabled.status()).isEqualTo(200);

      assertThat(late.end().problemCode()).isEqualTo("tenant_disabled");
      assertThat(madeBy(operator, key)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          POST /api/v1/admin/tenants       | {"id": "{}", "name": "{}"}
          POST /api/v1/admin/relays        | {"name": "{}", "host": "192.0.2.25"}
          PATCH /api/v1/admin/tenants/acme | {"name": "{}"}
          POST /api/v1/send                | {"from": "a@acme.example", "to": "b@example.org", "subject": "{}", "text": "x"}
          """)
  void doNothingElse(String line, String body) throws IOException {
    var key = made(operator, OPERATOR);
    try (var thief = begin(line, key, body.replace("{}", "late-" + UUID.randomUUID()))) {
      revoke(key);

      assertUnauthorized(thief.end());
    }
  }

  /** Which another process did, so that this one does not know of it yet. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          secrets = '[{"hash": "another"}]'              | unauthorized
          restrictions = '{"cidrs": ["192.0.2.0/24"]}'   | address_not_allowed
          scopes = '["send"]'                            | missing_scope
          enabled = false                                | key_disabled
          """)
  void changeNeitherTenantsNorRelaysByAKeyThatIsBeingChanged(String change, String code)
      throws SQLException {
    String id = "late-" + UUID.randomUUID();
    var own = made(operator, OPERATOR);
    var made =
        whileItChanges(
            own,
            change,
            () ->
                holder(own)
                    .call(
                        "POST",
                        "/api/v1/admin/tenants",
                        "{\"id\": \"%s\", \"name\": \"%s\"}".formatted(id, id)));
    var other = made(operator, OPERATOR);
    var relay =
        whileItChanges(
            other,
            change,
            () ->
                holder(other)
                    .call(
                        "POST",
                        "/api/v1/admin/relays",
                        "{\"name\": \"%s\", \"host\": \"192.0.2.25\"}".formatted(id)));

    assertThat(made.text("code")).as(made.body().toString()).isEqualTo(code);
    assertThat(relay.text("code")).as(relay.body().toString()).isEqualTo(code);
    assertThat(operator.get("/api/v1/admin/tenants/" + id).status()).isEqualTo(404);
    assertThat(
            jdbc.sql("SELECT count(*) FROM intake.relay WHERE name = :name")
                .param("name", id)
                .query(Long.class)
                .single())
        .isZero();
  }

  private HeldRequest begin(String line, Client.Answer key, String body) throws IOException {
    return HeldRequest.begin(port, line, key.text("api_key"), body);
  }

  /** As the owner does who learns that it was stolen. */
  private void revoke(Client.Answer key) {
    var rotated = operator.call("POST", path(key) + "/rotate", "{\"overlap\": 0}");
    assertThat(rotated.status()).isEqualTo(200);
  }

  private static String newKeyBody() {
    return "{\"name\": \"%s\", \"scopes\": [\"send\"]}".formatted(UUID.randomUUID());
  }

  private static void assertUnauthorized(RawHttp.Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(401);
    assertThat(answer.problemCode()).isEqualTo("unauthorized");
  }
}
