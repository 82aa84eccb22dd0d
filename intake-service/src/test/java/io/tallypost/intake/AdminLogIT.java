package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.events.AdminEntry;
import io.tallypost.events.EventJson;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.relays.RelayState;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Who did what is known for as long as it is set, here and to audit, and no secret with it. */
class AdminLogIT extends IntakeIT {
  private static final String KEYS_PATH = "/api/v1/admin/api-keys";
  private static final String RELAYS_PATH = "/api/v1/admin/relays";
  private static final String PASSWORD = "relay-passw0rd-of-this-test";

  @Autowired private JdbcClient jdbc;
  @Autowired private DataSource database;

  @Test
  void forgetsWhatWasDoneBeforeTheRetention() {
    String old = UUID.randomUUID().toString();
    String young = UUID.randomUUID().toString();
    long others = rows("%");
    add(young, 3, 399);
    // More than are deleted at once.
    add(old, 1200, 401);

    await().atMost(Duration.ofMinutes(1)).until(() -> rows(old) == 0);

    assertThat(rows(young)).isEqualTo(3);
    assertThat(rows("%")).isEqualTo(others + 3);
  }

  @Test
  void rowsAreNeverChangedNorDeletedByHand() {
    String subject = UUID.randomUUID().toString();
    add(subject, 1, 40);
    String where = " WHERE subject_id = '" + subject + "'";

    for (String statement :
        List.of(
            "UPDATE intake.admin_log SET actor = 'nobody'" + where,
            "DELETE FROM intake.admin_log" + where,
            "TRUNCATE intake.admin_log")) {
      assertThatThrownBy(() -> jdbc.sql(statement).update())
          .as(statement)
          .rootCause()
          .hasMessageContaining("append-only");
    }
    jdbc.sql("SELECT intake.forget_admin_log(now() - interval '39 days', 0)")
        .query(Integer.class)
        .single();
    assertThat(rows(subject)).isOne();
  }

  @Test
  void goesByAgeOnlyWhoeverAsks() throws SQLException {
    String young = UUID.randomUUID().toString();
    String old = UUID.randomUUID().toString();
    add(young, 1, 29);
    add(old, 1, 31);

    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("CREATE ROLE clerk");
      statement.execute("GRANT USAGE ON SCHEMA intake TO clerk");
      statement.execute("GRANT INSERT, SELECT ON intake.admin_log TO clerk");
      statement.execute("SET LOCAL ROLE clerk");
      statement.execute("SELECT intake.forget_admin_log(now(), 1000)");
      statement.execute("RESET ROLE");
      statement.execute("GRANT ALL ON intake.admin_log TO clerk");
      statement.execute("SET LOCAL ROLE clerk");

      assertThat(rows(statement, young)).isOne();
      assertThat(rows(statement, old)).isZero();
      // With all rights to the rows, and what the function says to the trigger.
      statement.execute("SET LOCAL tallypost.thinning = 'admin_log'");
      assertThatThrownBy(() ->
              statement.execute("DELETE FROM intake.admin_log WHERE subject_id = '" + young + "'"))
          .hasMessageContaining("append-only");
      connection.rollback();
    }
  }

  private static long rows(Statement statement, String subject) throws SQLException {
    try (ResultSet found =
        statement.executeQuery(
            "SELECT count(*) FROM intake.admin_log WHERE subject_id = '" + subject + "'")) {
      found.next();
      return found.getLong(1);
    }
  }

  @Test
  void tellsAuditWhoChangedWhatFromWhereAndIntoWhat() {
    var created = newKey(operator, "'daily_limit': 5");
    String id = created.text("id");
    var changed =
        operator.call(
            "PATCH",
            KEYS_PATH + "/" + id,
            "{\"daily_limit\": 6, \"enabled\": false}",
            "X-Forwarded-For",
            "192.0.2.77",
            "X-Request-ID",
            "change-of-" + id);
    operator.call("POST", KEYS_PATH + "/" + id + "/rotate", "{\"overlap\": 0}");
    operator.call("DELETE", KEYS_PATH + "/" + id, null);

    assertThat(changed.status()).isEqualTo(200);
    List<AdminEntry> entries = entries(id, 4);
    assertThat(entries)
        .extracting(AdminEntry::action)
        .containsExactly(
            "api_key.created", "api_key.changed", "api_key.rotated", "api_key.deleted");
    assertThat(entries.getFirst().before()).isNull();
    assertThat(entries.getFirst().after()).containsEntry("enabled", true).containsKey("secrets");
    assertThat(entries.getLast().after()).isNull();
    assertThat(entries.getLast().before()).containsEntry("id", id);
    AdminEntry change = entries.get(1);
    assertThat(change.before()).containsOnlyKeys("enabled", "limits", "version");
    assertThat(change.before()).containsEntry("enabled", true).containsEntry("version", 1);
    assertThat(change.after()).containsEntry("enabled", false).containsEntry("version", 2);
    assertThat(change.after())
        .containsEntry("limits", List.of(Map.of("policy", "key_day", "limit", 6)));
    assertThat(change.fields()).containsExactly("daily_limit", "enabled");
    assertThat(change.service()).isEqualTo("intake-service");
    AdminEntry.Actor actor = change.actor();
    assertThat(actor.id()).isEqualTo(ApiKeyToken.parse(operatorKey()).orElseThrow().id().value());
    assertThat(actor.name()).isEqualTo("first-operator");
    assertThat(Objects.requireNonNull(actor.tenant()).value()).isEqualTo("default");
    assertThat(actor.client()).isEqualTo("192.0.2.77");
    assertThat(actor.requestId()).isEqualTo("change-of-" + id);
    assertThat(
            jdbc.sql(
                    "SELECT event_id || ' ' || actor_name || ' ' || actor_tenant || ' ' || client || ' ' || request_id || ' ' || (after ->> 'enabled') FROM intake.admin_log WHERE subject_id = :id AND action = 'api_key.changed'")
                .param("id", id)
                .query(String.class)
                .single())
        .isEqualTo(
            change.eventId() + " first-operator default 192.0.2.77 change-of-" + id + " false");
    await()
        .until(() ->
            jdbc.sql("SELECT count(*) FROM intake.outbox WHERE key = :id")
                    .param("id", id)
                    .query(Long.class)
                    .single()
                == 0);
  }

  @Test
  void tellsNoSecretToAnybody() throws UnreadableRecordException {
    var key = newKey(operator, "'daily_limit': 5");
    String keyId = key.text("id");
    var rotated = operator.call("POST", KEYS_PATH + "/" + keyId + "/rotate", "{\"overlap\": 3600}");
    var relay =
        operator.call(
            "POST",
            RELAYS_PATH,
            "{\"name\": \"%s\", \"host\": \"192.0.2.5\", \"user\": \"acme\", \"password\": \"%s\"}"
                .formatted(UUID.randomUUID(), PASSWORD));
    assertThat(relay.status()).as(relay.body().toString()).isEqualTo(201);
    String relayId = relay.text("id");
    operator.call("PATCH", RELAYS_PATH + "/" + relayId, "{\"password\": \"" + PASSWORD + "2\"}");

    var ofKey = Published.on(Topics.API_KEYS, keyId, 2).getLast();
    var ofRelay = Published.on(Topics.RELAYS, relayId, 2).getLast();
    List<String> hashes =
        EventJson.read(ofKey.value(), ApiKeyState.class).secrets().stream()
            .map(ApiKeySecret::hash)
            .toList();
    String sealed =
        Objects.requireNonNull(EventJson.read(ofRelay.value(), RelayState.class).password())
            .sealed();
    List<AdminEntry> relayEntries = entries(relayId, 2);
    assertThat(relayEntries.getLast().fields()).containsExactly("password");
    assertThat(relayEntries.getFirst().after())
        .containsEntry("password", Map.of("key_id", "present"));
    assertThat(hashes).hasSize(2);
    AdminEntry rotation = entries(keyId, 2).getLast();
    assertThat(rotation.before()).containsEntry("secrets", List.of(Map.of()));
    assertThat(String.valueOf(rotation.after())).contains("secrets=[").contains("expires_at=");
    List<String> secrets =
        List.of(
            secret(key),
            secret(rotated),
            PASSWORD,
            sealed,
            hashes.getFirst(),
            hashes.getLast(),
            "$2a$");
    for (String subject : List.of(keyId, relayId)) {
      String shown =
          Published.on(Topics.OPERATIONS, subject, 2).stream()
                  .map(record -> new String(record.value(), UTF_8))
                  .toList()
              + jdbc.sql(
                      "SELECT row_to_json(l)::text FROM intake.admin_log l WHERE subject_id = :id")
                  .param("id", subject)
                  .query(String.class)
                  .list()
                  .toString();
      assertThat(shown).contains(subject).doesNotContain(secrets);
    }
  }

  /** Else whoever may change lists fills the disks of all who keep the log. */
  @Test
  void tellsOfLongListsHowManyEntriesTheyHaveAndWhatChanged() {
    var key = newKey(operator, longLists(1));
    String id = key.text("id");
    String path = KEYS_PATH + "/" + id;

    var all = operator.call("PATCH", path, ("{" + longLists(2) + "}").replace('\'', '"'));
    var one =
        operator.call(
            "PATCH",
            path,
            "{\"allowed_recipient_domains\": [%s]}"
                .formatted(list(19, "r%d-%d.example", 2).replace('\'', '"')));
    operator.call("DELETE", path, null);

    assertThat(all.status()).isEqualTo(200);
    assertThat(one.status()).as(one.body().toString()).isEqualTo(200);
    assertThat(all.body().path("allowed_sender_domains").size()).as("the key's own").isEqualTo(13);
    var records = Published.on(Topics.OPERATIONS, id, 4);
    for (var record : records) {
      assertThat(record.value()).hasSizeLessThan(3_000);
    }
    assertThat(
            jdbc.sql(
                    "SELECT max(length(concat(before, after))) FROM intake.admin_log WHERE subject_id = :id")
                .param("id", id)
                .query(Integer.class)
                .single())
        .isBetween(500, 2_000);
    List<AdminEntry> entries = entries(id, 4);
    assertThat(restrictions(entries.get(1).before(), "sender_domains"))
        .containsEntry("entries", 13)
        .containsEntry("removed", 13);
    assertThat(restrictions(entries.get(1).after(), "sender_domains"))
        .containsEntry("entries", 13)
        .containsEntry("added", 13);
    assertThat(restrictions(entries.get(2).before(), "recipient_domains"))
        .isEqualTo(Map.of("entries", 20, "removed", 1, "such_as", List.of("r2-19.example")));
    assertThat(restrictions(entries.get(2).after(), "recipient_domains"))
        .isEqualTo(Map.of("entries", 19, "added", 0));
    assertThat(restrictions(entries.get(3).before(), "cidrs"))
        .containsEntry("entries", 100)
        .containsEntry("removed", 100)
        .hasEntrySatisfying(
            "such_as", some -> assertThat((List<?>) some).first().isEqualTo("10.2.0.0/24"));
  }

  /** As long as a key's may be, with other entries for each number. */
  private static String longLists(int number) {
    String label = "x".repeat(60);
    return "'allowed_sender_domains': [%s], 'allowed_recipient_domains': [%s], 'allowed_cidrs': [%s], 'allowed_headers': [%s]"
        .formatted(
            list(13, "s%d-%d." + label + "." + label + "." + label + ".example", number),
            list(20, "r%d-%d.example", number),
            list(100, "10.%d.%d.0/24", number),
            list(40, "X-MC-%d-%d-" + label, number));
  }

  private static String list(int size, String entry, int number) {
    return IntStream.range(0, size)
        .mapToObj(i -> "'" + entry.formatted(number, i) + "'")
        .collect(Collectors.joining(", "));
  }

  @SuppressWarnings("unchecked") // JSON
  private static Map<String, Object> restrictions(
      @Nullable Map<String, Object> state, String list) {
    var restrictions =
        (Map<String, Object>)
            Objects.requireNonNull(Objects.requireNonNull(state).get("restrictions"));
    return (Map<String, Object>) Objects.requireNonNull(restrictions.get(list));
  }

  private static String secret(Client.Answer made) {
    return ApiKeyToken.parse(made.text("api_key")).orElseThrow().secret();
  }

  private static List<AdminEntry> entries(String subject, int count) {
    return Published.on(Topics.OPERATIONS, subject, count).stream()
        .map(record -> {
          try {
            return EventJson.read(record.value(), AdminEntry.class);
          } catch (UnreadableRecordException e) {
            throw new AssertionError(e);
          }
        })
        .toList();
  }

  private void add(String subject, int rows, int daysAgo) {
    jdbc.sql(
            """
            INSERT INTO intake.admin_log (at, actor, action, subject_id, tenant, fields)
            SELECT now() - make_interval(days => :days), 'start', 'tenant.changed', :subject, 'default', '{}'
            FROM generate_series(1, :rows)
            """)
        .param("days", daysAgo)
        .param("subject", subject)
        .param("rows", rows)
        .update();
  }

  private long rows(String subject) {
    return jdbc.sql("SELECT count(*) FROM intake.admin_log WHERE subject_id LIKE :subject")
        .param("subject", subject)
        .query(Long.class)
        .single();
  }
}
