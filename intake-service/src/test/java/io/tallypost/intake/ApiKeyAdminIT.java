package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.keys.ApiKeyState;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An operator's way with API keys. */
class ApiKeyAdminIT extends IntakeIT {
  private static final String KEYS = "/api/v1/admin/api-keys";
  private static final String MAIL =
      """
      {"to": "bob@example.org", "subject": "Hello", "text": "Hello Bob."}
      """;

  private Client.Answer create(String name) {
    return operator.call("POST", KEYS, "{\"name\": \"" + name + "\"}");
  }

  private static List<ConsumerRecord<byte[], byte[]>> published(String id, int count) {
    return Published.on(Topics.API_KEYS, id, count);
  }

  @Test
  void showsANewKeyOnceAndLetsItSend() throws UnreadableRecordException {
    quota.answer(Quota.APPROVING);

    var created =
        operator.call(
            "POST",
            KEYS,
            """
            {"name": "shop %s", "daily_limit": 7, "default_from": "\\"Shop, Inc.\\" <shop@acme.example>", "tenant": "default"}
            """
                .formatted(UUID.randomUUID()));

    assertThat(created.status()).isEqualTo(201);
    assertThat(created.text("api_key")).matches("sk_live_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}");
    assertThat(created.body().path("daily_limit").asLong()).isEqualTo(7);
    assertThat(created.text("default_from")).isEqualTo("\"Shop, Inc.\" <shop@acme.example>");
    assertThat(created.text("tenant")).isEqualTo("default");
    assertThat(created.text("mode")).isEqualTo("live");
    assertThat(created.body().path("enabled").asBoolean()).isTrue();
    assertThat(created.body().path("scopes").toString()).isEqualTo("[\"send\",\"read\"]");
    assertThat(created.text("created_at")).endsWith("Z");
    assertThat(client.with(created.text("api_key")).send(MAIL).status()).isEqualTo(202);
    var seen = operator.get(KEYS + "/" + created.text("id"));
    assertThat(seen.status()).isEqualTo(200);
    assertThat(seen.body().has("api_key")).isFalse();
    assertThat(seen.body().toString()).doesNotContain("secret", "hash");

    var record = published(created.text("id"), 1).getFirst();
    assertThat(RecordHeaders.of(record.headers()).text(RecordHeaders.VERSION)).contains("1");
    var state = EventJson.read(record.value(), ApiKeyState.class);
    assertThat(state.version()).isEqualTo(1);
    assertThat(state.secrets())
        .singleElement()
        .satisfies(secret -> assertThat(secret.hash()).startsWith("$2a$04$"));
  }

  @Test
  void givesTheDefaultLimitWhereNoneIsAskedFor() {
    assertThat(create(UUID.randomUUID().toString()).body().path("daily_limit").asLong())
        .isEqualTo(1000);
  }

  @Test
  void refusesASecondKeyOfOneName() {
    String name = UUID.randomUUID().toString();
    create(name);

    var second = create(name);

    assertThat(second.status()).isEqualTo(409);
    assertThat(second.text("code")).isEqualTo("name_taken");
    String other = create(UUID.randomUUID().toString()).text("id");
    var renamed = operator.call("PATCH", KEYS + "/" + other, "{\"name\": \"" + name + "\"}");
    assertThat(renamed.status()).isEqualTo(409);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                                              | /name
          {'name': ' '}                                                   | /name
          {'name': 5}                                                     | /name
          {'name': 'a\\nb'}                                               | /name
          {'name': 'x', 'daily_limit': 0}                                 | /daily_limit
          {'name': 'x', 'daily_limit': -5}                                | /daily_limit
          {'name': 'x', 'daily_limit': 1.5}                               | /daily_limit
          {'name': 'x', 'daily_limit': '10'}                              | /daily_limit
          {'name': 'x', 'daily_limit': 1000000001}                        | /daily_limit
          {'name': 'x', 'daily_limit': 123456789012345678901234567890}    | /daily_limit
          {'name': 'x', 'default_from': 'nobody'}                         | /default_from
          {'name': 'x', 'tenant': 'unheard-of'}                           | /tenant
          {'name': 'x', 'tenant': 'Not A Tenant'}                         | /tenant
          {'name': 'x', 'colour': 'red'}                                  | /colour
          {'name': '', 'daily_limit': 0, 'default_from': 'x', 'nope': 1}  | /name /daily_limit /default_from /nope
          """)
  void namesAllThatIsWrongWithANewKey(String body, String pointers) {
    var answer = operator.call("POST", KEYS, body.replace('\'', '"'));

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.pointers()).containsExactly(pointers.split(" "));
  }

  @Test
  void refusesADisabledKeyUntilItIsEnabled() {
    quota.answer(Quota.APPROVING);
    var created = create(UUID.randomUUID().toString());
    var holder = client.with(created.text("api_key"));
    String path = KEYS + "/" + created.text("id");
    String mail = MAIL.replace("{", "{\"from\": \"shop@acme.example\", ");
    assertThat(holder.send(mail).status()).isEqualTo(202);

    assertThat(operator.call("PATCH", path, "{\"enabled\": false}").status()).isEqualTo(200);

    assertThat(holder.send(mail).status()).isEqualTo(403);
    assertThat(holder.send(mail).text("code")).isEqualTo("key_disabled");
    assertThat(operator.call("PATCH", path, "{\"enabled\": true}").status()).isEqualTo(200);
    assertThat(holder.send(mail).status()).isEqualTo(202);
    assertThat(published(created.text("id"), 3))
        .extracting(
            record -> RecordHeaders.of(record.headers()).text(RecordHeaders.VERSION).orElse(""))
        .containsExactly("1", "2", "3");
  }

  @Test
  void forgetsADeletedKeyEverywhere() {
    var created = create(UUID.randomUUID().toString());
    String path = KEYS + "/" + created.text("id");

    var deleted = operator.call("DELETE", path, null);

    assertThat(deleted.status()).isEqualTo(204);
    assertThat(client.with(created.text("api_key")).send(MAIL).status()).isEqualTo(401);
    assertThat(operator.get(path).status()).isEqualTo(404);
    assertThat(operator.call("DELETE", path, null).status()).isEqualTo(404);
    var tombstone = published(created.text("id"), 2).getLast();
    assertThat(tombstone.value()).isNull();
    assertThat(RecordHeaders.of(tombstone.headers()).text(RecordHeaders.VERSION)).contains("2");
  }

  @Test
  void changesALimitAndAName() {
    var created = create(UUID.randomUUID().toString());
    String name = UUID.randomUUID().toString();

    var changed =
        operator.call(
            "PATCH",
            KEYS + "/" + created.text("id"),
            "{\"daily_limit\": 3, \"name\": \"" + name + "\"}");

    assertThat(changed.body().path("daily_limit").asLong()).isEqualTo(3);
    assertThat(changed.text("name")).isEqualTo(name);
    assertThat(client.with(created.text("api_key")).send("{}").header("RateLimit-Policy"))
        .isEqualTo("\"key_day\";q=3;w=86400");
  }

  @Test
  void answers404ToIdsThatAreNone() {
    assertThat(operator.get(KEYS + "/unknown00001").status()).isEqualTo(404);
    assertThat(operator.get(KEYS + "/x").status()).isEqualTo(404);
    assertThat(operator.call("PATCH", KEYS + "/unknown00001", "{}").status()).isEqualTo(404);
  }
}
