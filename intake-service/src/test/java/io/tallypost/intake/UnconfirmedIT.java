package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.testing.Backends;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Changes that PostgreSQL has committed, and whose connection broke before it said so. */
@DirtiesContext
class UnconfirmedIT extends TenantKeysIT {
  private static final PostgresLine LINE = PostgresLine.to(Backends.database().jdbcUrl());

  /** Before the URL that all others have. */
  @DynamicPropertySource
  static void line(DynamicPropertyRegistry registry) {
    registry.add("spring.datasource.hikari.jdbc-url", LINE::jdbcUrl);
  }

  @AfterAll
  static void cut() {
    LINE.close();
  }

  @Test
  void aKeyThatWasMadeIsThereAndItsNameIsTaken() {
    String body = "{\"name\": \"%s\"}".formatted(UUID.randomUUID());
    LINE.losesTheAnswerToTheCommitOf("api_key.created");

    assertUnconfirmed(operator.call("POST", KEYS, body));

    assertThat(operator.call("POST", KEYS, body).text("code")).isEqualTo("name_taken");
  }

  /** With the overlap that it has by default, the present secret rotates it again. */
  @Test
  void aKeyThatRotatedItselfIsRotatedAgain() {
    var key = made(operator, ADMIN);
    String rotate = path(key) + "/rotate";
    LINE.losesTheAnswerToTheCommitOf("api_key.rotated");

    assertUnconfirmed(holder(key).call("POST", rotate, null));

    assertThat(secrets(key)).isEqualTo(2);
    var again = holder(key).call("POST", rotate, null);
    assertThat(again.status()).isEqualTo(200);
    assertThat(holder(again).get(path(key)).status()).isEqualTo(200);
  }

  private int secrets(Client.Answer key) {
    return jdbc.sql("SELECT jsonb_array_length(secrets) FROM intake.api_key WHERE id = :id")
        .param("id", key.text("id"))
        .query(Integer.class)
        .single();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          api_key.changed | PATCH {key}    | {'name': '{name}'}
          api_key.deleted | DELETE {key}   |
          tenant.created  | POST {tenants} | {'id': '{name}', 'name': '{name}'}
          tenant.changed  | PATCH {tenant} | {'name': '{name}'}
          relay.created   | POST {relays}  | {'name': '{name}', 'host': '192.0.2.25'}
          relay.changed   | PATCH {relay}  | {'name': '{name}'}
          relay.deleted   | DELETE {relay} |
          """)
  void whateverWasChangedIsUnconfirmed(String action, String call, @Nullable String body) {
    String name = "n-" + UUID.randomUUID();
    var key = made(operator, ADMIN);
    var relay =
        operator.call(
            "POST",
            "/api/v1/admin/relays",
            "{\"name\": \"%s\", \"host\": \"192.0.2.25\"}".formatted(UUID.randomUUID()));
    String[] parts =
        call.replace("{key}", path(key))
            .replace("{relay}", relay.header("Location"))
            .replace("{relays}", "/api/v1/admin/relays")
            .replace("{tenants}", "/api/v1/admin/tenants")
            .replace("{tenant}", "/api/v1/admin/tenants/" + tenant)
            .split(" ", 2);
    LINE.losesTheAnswerToTheCommitOf(action);

    assertUnconfirmed(
        operator.call(
            parts[0],
            parts[1],
            body == null ? null : body.replace("{name}", name).replace('\'', '"')));
  }

  @Test
  void aDeletedTenantIsUnconfirmed() {
    LINE.losesTheAnswerToTheCommitOf("tenant.deleted");

    assertUnconfirmed(operator.call("DELETE", "/api/v1/admin/tenants/" + tenant, null));
  }

  private static void assertUnconfirmed(Client.Answer answer) {
    assertThat(LINE.hasLost()).isTrue();
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(503);
    assertThat(answer.text("code")).isEqualTo("unconfirmed");
    assertThat(answer.text("detail")).contains("Look before you repeat it");
    assertThat(answer.header("Retry-After")).isEqualTo("(none)");
  }
}
