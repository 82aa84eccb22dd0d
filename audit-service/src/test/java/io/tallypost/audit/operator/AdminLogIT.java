package io.tallypost.audit.operator;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.events.AdminEntry;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.Committed;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;

/** Who did what, as it is kept and told. */
class AdminLogIT extends LogIT {
  @Autowired private JdbcTemplate jdbc;
  @Autowired private AdminLog adminLog;
  @Autowired private MeterRegistry metrics;

  @Test
  void tellsATenantsAdminWhatConcernsItAndAnOperatorEverything() {
    TenantId other = new TenantId(operator.tenant() + "-other");
    AdminEntry ours = published(operator.tenant(), "api_key.changed", now.minusSeconds(2));
    AdminEntry theirs = published(other, "api_key.deleted", now.minusSeconds(1));
    String admin = http.key(operator.tenant(), Scope.ADMIN);

    JsonNode entry = items(admin, "").getFirst();
    assertThat(ids(admin, "")).containsExactly(ours.eventId().toString());
    assertThat(entry.path("service").asString()).isEqualTo("intake-service");
    assertThat(entry.path("actor").asString()).isEqualTo("someKey");
    assertThat(entry.path("actor_name").asString()).isEqualTo("ci");
    assertThat(entry.path("client").asString()).isEqualTo("192.0.2.1");
    assertThat(entry.path("request_id").asString()).isEqualTo("req-9");
    assertThat(entry.path("fields").get(0).asString()).isEqualTo("daily_limit");
    assertThat(entry.path("before").path("daily_limit").asInt()).isEqualTo(5);
    assertThat(entry.path("after").path("name").asString()).isEqualTo("a\ufffdb");
    assertThat(ids(admin, "tenant=" + operator.tenant())).hasSize(1);
    assertThat(http.call("GET", LOG + "?tenant=" + other, admin).statusCode()).isEqualTo(422);
    assertThat(operatorsIds("tenant=" + operator.tenant()))
        .containsExactly(ours.eventId().toString());
    assertThat(operatorsIds("since=" + now.minusSeconds(3)))
        .contains(ours.eventId().toString(), theirs.eventId().toString());
  }

  @Test
  void findsEntriesByWhatIsAskedForPageByPage() {
    String tenant = "tenant=" + operator.tenant();
    List<AdminEntry> entries =
        IntStream.range(0, 3)
            .mapToObj(n -> published(operator.tenant(), "relay.changed", now.minusSeconds(n)))
            .toList();
    AdminEntry key = published(operator.tenant(), "api_key.changed", now.minusSeconds(9));
    List<String> relays = entries.stream().map(AdminEntry::eventId).map(UUID::toString).toList();

    assertThat(operatorsIds(tenant + "&action=relay")).containsExactlyElementsOf(relays);
    assertThat(operatorsIds(tenant + "&action=api_key.changed"))
        .containsExactly(key.eventId().toString());
    assertThat(operatorsIds(tenant + "&action=rela")).isEmpty();
    assertThat(operatorsIds(tenant + "&subject=" + key.subjectId())).hasSize(1);
    assertThat(operatorsIds(tenant + "&actor=someKey")).hasSize(4);
    assertThat(operatorsIds(tenant + "&actor=nobody")).isEmpty();
    assertThat(operatorsIds(tenant + "&until=" + now.minusSeconds(5))).hasSize(1);
    assertThat(operatorsIds(tenant + "&since=" + now.minusSeconds(1))).hasSize(2);

    List<String> paged = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = operator.get(LOG + "?limit=1&" + tenant + "&cursor=" + cursor);
      page.path("items").forEach(item -> paged.add(item.path("id").asString()));
      cursor = page.path("next_cursor").asString("");
    } while (!cursor.isEmpty());
    assertThat(paged).hasSize(4).startsWith(relays.toArray(String[]::new)).doesNotHaveDuplicates();

    for (String wrong :
        List.of(
            "actio=x", "action=A", "tenant=%20", "since=now", "cursor=x", "limit=0", "actor=%00")) {
      HttpResponse<String> answer = operator.call("GET", LOG + "?" + wrong, null);
      assertThat(answer.statusCode()).as(wrong).isEqualTo(422);
    }
  }

  @Test
  void passesOverKindsThatALaterVersionHas() {
    double before = unknown();
    String key = UUID.randomUUID().toString();
    send(key, "{\"type\":\"invented_later\",\"v\":7,\"who\":\"knows\"}".getBytes(UTF_8));

    await().until(() -> unknown() == before + 1);

    AdminEntry after = published(operator.tenant(), "tenant.changed", now);
    assertThat(operatorsIds("tenant=" + operator.tenant()))
        .containsExactly(after.eventId().toString());
    assertThat(Committed.on(Topics.DEAD_LETTER, key)).isEmpty();
  }

  @Test
  void keepsOfAnEntryWhatCanBeKept() {
    String subject = UUID.randomUUID() + "x".repeat(9000);
    String entry =
        """
        {"type": "admin", "v": 1, "event_id": "%s", "occurred_at": "%s", "service": "a\\u0000b", "actor": {"id": "%s"},
         "action": "log_level.changed", "subject_id": "%s", "fields": ["\\ud800"], "detail": "\\udc00",
         "before": {"a\\u0000": ["\\ud800", null, {"b": null, "c": 1.5}]}, "after": {"d": 1e400}, "later": {}}
        """
            .formatted(UUID.randomUUID(), now, "y".repeat(9000), subject);
    send(operator.tenant() + "-hostile", entry.getBytes(UTF_8));

    await().until(() -> operatorsIds("subject=" + subject.substring(0, 500)).size() == 1);
    JsonNode kept =
        operator.get(LOG + "?subject=" + subject.substring(0, 500)).path("items").path(0);
    assertThat(kept.path("actor").asString()).isEqualTo("y".repeat(500));
    assertThat(kept.path("service").asString()).isEqualTo("a\ufffdb");
    assertThat(kept.path("before").path("a\ufffd").path(0).asString()).isEqualTo("\ufffd");
    assertThat(kept.path("before").path("a\ufffd").path(1).path("c").asDouble()).isEqualTo(1.5);
  }

  @Test
  void anEntryThatCannotBeReadIsADeadLetterAsEver() {
    String key = UUID.randomUUID().toString();
    send(key, "{\"v\":1}".getBytes(UTF_8));

    assertThat(operator.awaitLetters(key, 1)).hasSize(1);
  }

  /** Relays and tenants are for operators: an admin learns who changed them, not what they are. */
  @Test
  void showsAnAdminNoValuesOfWhatOnlyOperatorsMayRead() {
    published(operator.tenant(), "relay.changed", now.minusSeconds(3));
    published(operator.tenant(), "tenant.changed", now.minusSeconds(2));
    published(operator.tenant(), "api_key.changed", now.minusSeconds(1));
    String admin = http.key(operator.tenant(), Scope.ADMIN);
    String both = http.key(operator.tenant(), Scope.ADMIN, Scope.OPERATOR);

    List<JsonNode> shown = items(admin, "");

    assertThat(shown)
        .extracting(
            entry -> entry.path("action").asString(),
            entry -> entry.path("fields").size(),
            entry -> entry.path("before").size(),
            entry -> entry.path("after").size())
        .containsExactly(
            tuple("api_key.changed", 1, 1, 2),
            tuple("tenant.changed", 1, 0, 0),
            tuple("relay.changed", 1, 0, 0));
    assertThat(items(both, "tenant=" + operator.tenant()))
        .hasSize(3)
        .allSatisfy(entry -> assertThat(entry.path("after").size()).isEqualTo(2));
  }

  /**
   * They may speak of other tenants, or of people; the mail's timeline does not tell them either.
   */
  @Test
  void showsAnAdminNoWordsOfOperators() {
    SendRequested mail = operator.dead(Category.PERMANENT, 550, BOB);
    String letter = operator.letterOf(mail);
    String key = http.key(TenantId.DEFAULT, Scope.OPERATOR);
    String admin = http.key(operator.tenant(), Scope.ADMIN);
    String discard = "{\"reason\": \"Mallory at Globex asked us\"}";
    String search = "/api/v1/messages?status=failed&tenant=" + operator.tenant();

    assertThat(
            operator
                .call("POST", "/api/v1/admin/dead-letters/" + letter + "/discard", discard)
                .statusCode())
        .isEqualTo(200);
    get(key, search + "&request_id=globex-4711");
    get(key, search + "&request_id=bob@example.org");
    get(key, search + "&request_id=two%20words");

    String all = "tenant=" + operator.tenant() + "&action=";
    assertThat(details(key, all + "dead_letter.discarded"))
        .containsExactly("Mallory at Globex asked us");
    String failed = " status=failed tenant=" + operator.tenant();
    assertThat(details(key, all + "message.searched"))
        .containsExactly(
            "request_id=***" + failed,
            "request_id=***" + failed,
            "request_id=globex-4711" + failed);
    assertThat(details(admin, "action=message.searched"))
        .hasSize(3)
        .containsOnly("request_id=***" + failed);
    JsonNode discarded = items(admin, "action=dead_letter.discarded").getFirst();
    assertThat(discarded.path("subject_id").asString()).isEqualTo(letter);
    assertThat(discarded.has("detail")).isFalse();
    assertThat(get(admin, LOG).body()).doesNotContainIgnoringCase("globex");
  }

  @Test
  void rowsAreNeverChangedAndGoByAgeOnly() throws SQLException {
    UUID young = row(29);
    UUID old = row(31);
    String where = " WHERE subject_id = '" + young + "'";

    assertThatThrownBy(() -> jdbc.update("UPDATE audit.admin_log SET actor = 'x'" + where))
        .rootCause()
        .hasMessageContaining("append-only");
    assertThatThrownBy(() -> jdbc.update("DELETE FROM audit.admin_log" + where))
        .rootCause()
        .hasMessageContaining("append-only");
    assertThatThrownBy(() -> jdbc.execute("TRUNCATE audit.admin_log"))
        .rootCause()
        .hasMessageContaining("append-only");

    asARoleOfItsOwn(young);
    adminLog.forgetBefore(Instant.now());

    assertThat(rows(young)).isOne();
    assertThat(rows(old)).isZero();
  }

  /** With no more rights than are needed, a service cannot get around it. */
  private void asARoleOfItsOwn(UUID row) throws SQLException {
    jdbc.execute("CREATE ROLE auditor");
    jdbc.execute("GRANT USAGE ON SCHEMA audit TO auditor");
    jdbc.execute("GRANT ALL ON audit.admin_log TO auditor");
    try (Connection connection =
            DriverManager.getConnection(
                Operator.database().jdbcUrl(),
                Operator.database().user(),
                Operator.database().password());
        var statement = connection.createStatement()) {
      statement.execute("SET ROLE auditor");
      statement.execute("SET tallypost.thinning = 'admin_log'");
      assertThatThrownBy(() ->
              statement.execute("DELETE FROM audit.admin_log WHERE subject_id = '" + row + "'"))
          .hasMessageContaining("append-only");
      statement.execute("RESET ROLE");
      statement.execute("REVOKE ALL ON audit.admin_log FROM auditor");
      statement.execute("GRANT INSERT, SELECT ON audit.admin_log TO auditor");
      statement.execute("SET ROLE auditor");
      statement.execute(
          "INSERT INTO audit.admin_log (at, actor, action, subject_id) VALUES (now(), 'key', 'x.y', 'z')");
      statement.execute("SELECT audit.forget_admin_log(now(), 1)");
    }
  }

  /** What there is without anybody who made it would be beyond its record. */
  @ParameterizedTest
  @CsvSource({
    "api_key, deleted",
    "api_key, expired",
    "tenant,  deleted",
    "relay,   deleted",
  })
  void forgetsNotWhoMadeOrChangedWhatThereIs(String kind, String end) {
    var living = UUID.randomUUID();
    row(900, living, kind + ".created");
    row(800, living, kind + ".changed");
    row(700, living, kind + ".changed");
    row(600, living, kind + ".tested");
    var gone = UUID.randomUUID();
    row(900, gone, kind + ".created");
    row(800, gone, kind + ".changed");
    row(700, gone, kind + "." + end);
    var madeAgain = UUID.randomUUID();
    row(900, madeAgain, kind + ".created");
    row(800, madeAgain, kind + ".changed");
    row(700, madeAgain, kind + "." + end);
    row(600, madeAgain, kind + ".created");

    adminLog.forgetBefore(Instant.now());

    assertThat(daysOf(living)).containsExactly(900, 700);
    assertThat(daysOf(gone)).isEmpty();
    assertThat(daysOf(madeAgain)).containsExactly(600);

    row(500, living, kind + "." + end);
    row(500, madeAgain, kind + "." + end);
    adminLog.forgetBefore(Instant.now());

    assertThat(daysOf(living)).isEmpty();
    assertThat(daysOf(madeAgain)).isEmpty();
  }

  private List<Integer> daysOf(UUID subject) {
    return jdbc.queryForList(
        "SELECT (extract(epoch FROM now() - at) / 86400)::integer FROM audit.admin_log WHERE subject_id = ? ORDER BY at",
        Integer.class,
        subject.toString());
  }

  private UUID row(int days) {
    return row(days, UUID.randomUUID(), "replay.created");
  }

  private UUID row(int days, UUID subject, String action) {
    jdbc.update(
        "INSERT INTO audit.admin_log (at, actor, action, subject_id) VALUES (now() - make_interval(days => ?), 'key', ?, ?)",
        days,
        action,
        subject.toString());
    return subject;
  }

  private int rows(UUID subject) {
    Integer count =
        jdbc.queryForObject(
            "SELECT count(*) FROM audit.admin_log WHERE subject_id = ?",
            Integer.class,
            subject.toString());
    return count == null ? 0 : count;
  }

  private double unknown() {
    return metrics.get("tallypost.audit.unknown").tag("topic", Topics.OPERATIONS).counter().count();
  }

  private List<String> ids(String key, String query) {
    return items(key, query).stream().map(item -> item.path("id").asString()).toList();
  }
}
