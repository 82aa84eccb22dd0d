package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.QuotaLimit;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.intake.keys.Later;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.view.CompactedView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/** An operator's way with tenants. */
class TenantAdminIT extends IntakeIT {
  private static final String TENANTS = "/api/v1/admin/tenants";
  private static final String MAIL =
      """
      {"from": "shop@acme.example", "to": "bob@example.org", "subject": "Hello", "text": "Hi."}
      """;

  @Autowired private JdbcClient jdbc;
  @Autowired private DataSource dataSource;
  @Autowired private CompactedView<TenantState> view;
  @Autowired private ApplicationContext intake;

  /** One that each test has to itself. */
  private String id = "";

  @BeforeEach
  void prepare() {
    id = "t-" + UUID.randomUUID();
    quota.answer(Quota.APPROVING);
  }

  private Client.Answer create(String tenant, String fields) {
    return operator.call(
        "POST",
        TENANTS,
        "{'id': '%s', 'name': 'Tenant %s'%s}".formatted(tenant, tenant, fields).replace('\'', '"'));
  }

  private Client holder(String tenant, String fields) {
    return client.with(newKey(operator, "'tenant': '" + tenant + "'" + fields).text("api_key"));
  }

  /** Else workers, who know only the tombstone, go on sending its queued mail. */
  @Test
  void tellsOfATenantThatTheVersionBeforeDeleted() throws UnreadableRecordException {
    create(id, "");
    jdbc.sql(
            """
            WITH gone AS (INSERT INTO intake.outbox (topic, key, version)
                          VALUES ('config.tenants.v1', :id, nextval('intake.tenant_version')))
            DELETE FROM intake.tenant WHERE id = :id
            """)
        .param("id", id)
        .update();

    var onTopic = Published.on(Topics.TENANTS, id, 3);

    assertThat(onTopic.get(1).value()).isNull();
    TenantState former = EventJson.read(onTopic.get(2).value(), TenantState.class);
    assertThat(former.wasDeleted()).isTrue();
    assertThat(former.version())
        .isGreaterThan(
            Long.parseLong(
                RecordHeaders.of(onTopic.get(1).headers())
                    .text(RecordHeaders.VERSION)
                    .orElseThrow()));
    assertThat(create(id, "").text("code")).isEqualTo("tenant_id_reserved");
  }

  @Test
  void makesATenantWhoseLimitsTravelWithItsMail() {
    var created = create(id, ", 'daily_limit': 500, 'monthly_limit': 9000");

    assertThat(created.status()).isEqualTo(201);
    assertThat(created.text("id")).isEqualTo(id);
    assertThat(created.body().path("enabled").asBoolean()).isTrue();
    assertThat(created.body().path("daily_limit").asLong()).isEqualTo(500);
    assertThat(operator.get(TENANTS + "/" + id).body()).isEqualTo(created.body());
    var answer = holder(id, ", 'daily_limit': 7").send(MAIL);
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.header("RateLimit-Policy"))
        .startsWith(
            "\"key_day\";q=7;w=86400, \"tenant_day\";q=500;w=86400, \"tenant_month\";q=9000");
    assertThat(Quota.event(quota.requests(answer.text("id")).getFirst()).limits())
        .containsExactly(
            new QuotaLimit(QuotaPolicyName.KEY_DAY, 7),
            new QuotaLimit(QuotaPolicyName.TENANT_DAY, 500),
            new QuotaLimit(QuotaPolicyName.TENANT_MONTH, 9000));
  }

  @Test
  void refusesTheKeysOfADisabledTenantUntilItIsEnabled() {
    create(id, "");
    var holder = holder(id, "");
    assertThat(holder.send(MAIL).status()).isEqualTo(202);

    operator.call("PATCH", TENANTS + "/" + id, "{\"enabled\": false}");

    assertThat(holder.send(MAIL).status()).isEqualTo(403);
    assertThat(holder.send(MAIL).text("code")).isEqualTo("tenant_disabled");
    operator.call("PATCH", TENANTS + "/" + id, "{\"enabled\": true}");
    assertThat(holder.send(MAIL).status()).isEqualTo(202);
  }

  @Test
  void changesWhatIsNamedAndClearsByNull() {
    create(id, ", 'daily_limit': 500, 'monthly_limit': 9000");

    var changed =
        operator.call(
            "PATCH", TENANTS + "/" + id, "{\"daily_limit\": null, \"name\": \"N " + id + "\"}");

    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.body().path("daily_limit").asString()).isEqualTo("unlimited");
    assertThat(changed.body().path("monthly_limit").asLong()).isEqualTo(9000);
    assertThat(changed.text("name")).isEqualTo("N " + id);
  }

  @Test
  void doesNotLockItsOwnOperatorOut() {
    var answer = operator.call("PATCH", TENANTS + "/default", "{\"enabled\": false}");

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.text("code")).isEqualTo("own_tenant");
    assertThat(operator.call("DELETE", TENANTS + "/default", null).status()).isEqualTo(409);
  }

  @Test
  void refusesASecondTenantOfOneIdOrName() {
    create(id, "");

    assertThat(create(id, "").status()).isEqualTo(409);
    var sameName =
        operator.call(
            "POST", TENANTS, "{\"id\": \"x%s\", \"name\": \"Tenant %s\"}".formatted(id, id));
    assertThat(sameName.status()).isEqualTo(409);
    assertThat(sameName.text("code")).isEqualTo("name_taken");
  }

  @Test
  void deletesATenantOnlyWithoutKeys() {
    create(id, "");
    String key = newKey(operator, "'tenant': '" + id + "'").text("id");
    var refused = operator.call("DELETE", TENANTS + "/" + id, null);
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.text("code")).isEqualTo("tenant_has_keys");
    operator.call("DELETE", "/api/v1/admin/api-keys/" + key, null);

    var deleted = operator.call("DELETE", TENANTS + "/" + id, null);

    assertThat(deleted.status()).isEqualTo(200);
    assertThat(deleted.text("id")).isEqualTo(id);
    assertThat(deleted.text("queued_mail")).contains("never sent").contains("dead letter");
    assertThat(Instant.parse(deleted.text("id_reserved_until")))
        .isAfter(Instant.now().plus(Duration.ofDays(419)));
    assertThat(operator.get(TENANTS + "/" + id).status()).isEqualTo(404);
    assertThat(operator.call("DELETE", TENANTS + "/" + id, null).status()).isEqualTo(404);
    assertThat(operator.call("PATCH", TENANTS + "/" + id, "{}").status()).isEqualTo(404);
    assertThat(view.get(id).orElseThrow().wasDeleted()).isTrue();
    assertThat(operator.get(TENANTS + "?limit=200").body().path("items").values())
        .noneMatch(tenant -> tenant.path("id").asString().equals(id));
    var relay =
        operator.call(
            "POST",
            "/api/v1/admin/relays",
            "{\"name\": \"x\", \"host\": \"192.0.2.25\", \"tenant\": \"%s\"}".formatted(id));
    assertThat(relay.pointers()).containsExactly("/tenant");
  }

  @Test
  void saysThatTheTenantIsGoneToWhoPutsAKeyThereAtThatMoment() throws Exception {
    create(id, "");
    CompletableFuture<Client.Answer> key;
    try (var connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.executeUpdate("DELETE FROM intake.tenant WHERE id = '" + id + "'");
      key =
          CompletableFuture.supplyAsync(() ->
              operator.call(
                  "POST",
                  "/api/v1/admin/api-keys",
                  "{\"name\": \"late\", \"tenant\": \"%s\"}".formatted(id)));
      await().until(() -> waitsForALock("INSERT INTO intake.api_key%"));
      connection.commit();
    }

    assertThat(key.join().status()).isEqualTo(422);
    assertThat(key.join().pointers()).containsExactly("/tenant");
  }

  private boolean waitsForALock(String query) {
    return jdbc.sql(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :query")
            .param("query", query)
            .query(Long.class)
            .single()
        > 0;
  }

  @Test
  void reservesTheIdOfADeletedTenantUntilNothingOfItIsKept() {
    create(id, "");
    operator.call("DELETE", TENANTS + "/" + id, null);

    var refused = create(id, ", 'daily_limit': 3");

    assertReserved(refused);
    Instant freeAt = Instant.parse(refused.text("reserved_until"));
    assertThat(Duration.between(Instant.now(), freeAt))
        .isBetween(Duration.ofDays(420).minusMinutes(5), Duration.ofDays(420).plusMinutes(1));
    assertThat(refused.text("detail")).contains(refused.text("reserved_until"));
    Later.at(intake, freeAt.minusSeconds(2));
    assertReserved(create(id, ""));
    Later.at(intake, freeAt);
    var created =
        operator.call(
            "POST",
            TENANTS,
            "{\"id\": \"%s\", \"name\": \"Anew %s\", \"daily_limit\": 3}".formatted(id, id));

    assertThat(created.status()).isEqualTo(201);
    assertThat(view.get(id).orElseThrow().limits())
        .containsExactly(new QuotaLimit(QuotaPolicyName.TENANT_DAY, 3));
    String sameName = "{\"id\": \"x%s\", \"name\": \"Tenant %s\"}".formatted(id.substring(2), id);
    assertThat(operator.call("POST", TENANTS, sameName).status()).as("the name").isEqualTo(201);
    var onTopic = Published.on(Topics.TENANTS, id, 4);
    assertThat(tenant(onTopic.get(1)).wasDeleted()).isTrue();
    assertThat(onTopic.get(2).value()).isNull();
    assertThat(tenant(onTopic.get(3)).version())
        .isGreaterThan(
            RecordHeaders.of(onTopic.get(2).headers())
                .text(RecordHeaders.VERSION)
                .map(Long::parseLong)
                .orElseThrow());
  }

  private static void assertReserved(Client.Answer answer) {
    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.text("code")).isEqualTo("tenant_id_reserved");
    assertThat(answer.pointers()).containsExactly("/id");
  }

  @Test
  void reservesAnIdThatIsDeletedWhileSomebodyWantsIt() throws Exception {
    create(id, "");
    CompletableFuture<Client.Answer> creator;
    try (var connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.executeUpdate("DELETE FROM intake.tenant WHERE id = '" + id + "'");
      creator = CompletableFuture.supplyAsync(() -> create(id, ""));
      await().until(() -> waitsForALock("INSERT INTO intake.tenant%"));
      connection.commit();
    }

    assertReserved(creator.join());
    assertThat(operator.get(TENANTS + "/" + id).status()).isEqualTo(404);
  }

  @Test
  void reservesAnIdOfWhoseDeletionOnlyTheTopicKnows() {
    create(id, "");
    operator.call("DELETE", TENANTS + "/" + id, null);

    // As a backup restores it.
    jdbc.sql("DELETE FROM intake.former_tenant WHERE id = :id").param("id", id).update();

    assertReserved(create(id, ""));
  }

  @Test
  void givesAnIdToOneOfThoseWhoWantItAtOnce() {
    List<Client.Answer> answers =
        IntStream.range(0, 8)
            .mapToObj(_ -> CompletableFuture.supplyAsync(() -> create(id, "")))
            .toList()
            .stream()
            .map(CompletableFuture::join)
            .toList();

    assertThat(answers).filteredOn(answer -> answer.status() == 201).hasSize(1);
    assertThat(answers)
        .filteredOn(answer -> answer.status() != 201)
        .allSatisfy(answer -> assertThat(answer.text("code")).isEqualTo("name_taken"));
  }

  @Test
  void mailsAgeCountsFromWhenItsMailGoesOnAfterAHoldOrBeingDisabled() {
    create(id, "");
    String path = TENANTS + "/" + id;
    operator.call("PATCH", path, "{\"hold\": true, \"enabled\": false}");

    var heldStill = operator.call("PATCH", path, "{\"enabled\": true}");
    operator.call("PATCH", path, "{\"enabled\": false}");
    var disabledStill = operator.call("PATCH", path, "{\"hold\": false}");
    Instant before = Instant.now();
    var sent = operator.call("PATCH", path, "{\"enabled\": true}");
    var same = operator.call("PATCH", path, "{\"enabled\": true}");

    assertThat(heldStill.body().has("released_at")).isFalse();
    assertThat(disabledStill.body().has("released_at")).isFalse();
    assertThat(Instant.parse(sent.text("released_at"))).isAfter(before.minusMillis(1));
    assertThat(same.text("released_at")).isEqualTo(sent.text("released_at"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {}                                                            | /id /name
          {'id': 'A B', 'name': 'x'}                                    | /id
          {'id': '*', 'name': 'x'}                                      | /id
          {'id': 'x', 'name': 'x', 'default_from': 'nobody'}            | /default_from
          {'id': 'x', 'name': 'x', 'allowed_sender_domains': ['a b']}   | /allowed_sender_domains/0
          {'id': 'x', 'name': 'x', 'allowed_sender_domains': 'a.test'}  | /allowed_sender_domains
          {'id': 'x', 'name': ' '}                                      | /name
          {'id': 'x', 'name': 'x', 'daily_limit': 0}                    | /daily_limit
          {'id': 'x', 'name': 'x', 'daily_limit': -1}                   | /daily_limit
          {'id': 'x', 'name': 'x', 'monthly_limit': 1000000001}         | /monthly_limit
          {'id': 'x', 'name': 'x', 'monthly_limit': 'much'}             | /monthly_limit
          {'id': 5, 'name': 5, 'daily_limit': 1.5, 'colour': 'red'}     | /id /name /daily_limit /colour
          """)
  void namesAllThatIsWrongWithANewTenant(String body, String pointers) {
    var answer = operator.call("POST", TENANTS, body.replace('\'', '"'));

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.pointers()).containsExactly(pointers.split(" "));
  }

  @Test
  void holdsAndReleasesATenantsMail() {
    create(id, "");
    Instant before = Instant.now();

    var held = operator.call("PATCH", TENANTS + "/" + id, "{\"hold\": true}");
    var again = operator.call("PATCH", TENANTS + "/" + id, "{\"hold\": true}");

    assertThat(held.body().path("hold").asBoolean()).isTrue();
    Instant heldSince = Instant.parse(held.text("held_since"));
    assertThat(heldSince).isBetween(before.minusMillis(1), Instant.now());
    assertThat(again.text("held_since")).isEqualTo(held.text("held_since"));
    assertThat(view.get(id).orElseThrow().heldSince()).isEqualTo(heldSince);
    assertThat(holder(id, "").send(MAIL).status()).isEqualTo(202);

    var released = operator.call("PATCH", TENANTS + "/" + id, "{\"hold\": false}");

    assertThat(released.body().path("hold").asBoolean(true)).isFalse();
    assertThat(released.body().has("held_since")).isFalse();
    assertThat(Instant.parse(released.text("released_at"))).isAfterOrEqualTo(heldSince);
    var other = operator.call("PATCH", TENANTS + "/" + id, "{\"hold\": false}");
    assertThat(other.text("released_at")).isEqualTo(released.text("released_at"));
    // What changed nothing is not there.
    var onTopic = Published.on(Topics.TENANTS, id, 3).getLast();
    assertThat(tenant(onTopic).releasedAt()).isEqualTo(Instant.parse(released.text("released_at")));
  }

  private static TenantState tenant(ConsumerRecord<byte[], byte[]> record) {
    try {
      return EventJson.read(record.value(), TenantState.class);
    } catch (UnreadableRecordException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void holdsEverythingAndChangesNothingElseOfAllTenants() {
    String everybody = TENANTS + "/*";
    var before = operator.get(everybody);
    assertThat(before.status()).isEqualTo(200);
    assertThat(before.body().path("hold").asBoolean(true)).isFalse();

    var held = operator.call("PATCH", everybody, "{\"hold\": true}");
    assertThat(view.get("*").orElseThrow().holdsMail()).isTrue();
    var released = operator.call("PATCH", everybody, "{\"hold\": false}");
    assertThat(view.get("*").orElseThrow().holdsMail()).isFalse();

    assertThat(held.body().path("hold").asBoolean()).isTrue();
    assertThat(released.body().path("hold").asBoolean(true)).isFalse();
    // One for each change; another one where the start had published it before.
    assertThat(Published.on(Topics.TENANTS, "*", 2))
        .anySatisfy(record -> assertThat(tenant(record).holdsMail()).isTrue());
    var changed =
        operator.call(
            "PATCH",
            everybody,
            "{\"name\": \"x\", \"enabled\": false, \"daily_limit\": 1, \"default_from\": \"a@b.example\", \"allowed_sender_domains\": []}");
    assertThat(changed.status()).isEqualTo(422);
    assertThat(changed.pointers())
        .containsExactly(
            "/name", "/enabled", "/daily_limit", "/default_from", "/allowed_sender_domains");
    assertThat(operator.call("DELETE", everybody, null).status()).isEqualTo(409);
    assertThat(create("*", "").pointers()).containsExactly("/id");
    assertThat(
            operator
                .call(
                    "POST",
                    "/api/v1/admin/api-keys",
                    "{\"name\": \"x %s\", \"tenant\": \"*\"}".formatted(id))
                .pointers())
        .containsExactly("/tenant");
    assertThat(operator.get(TENANTS + "?limit=200").body().path("items").values())
        .noneMatch(tenant -> tenant.path("id").asString().equals("*"));
  }

  @Test
  void takesTheSenderOfTheKeyThenOfTheTenant() {
    create(id, ", 'default_from': 'Acme <acme@acme.example>'");
    String bare = MAIL.replace("\"from\": \"shop@acme.example\", ", "");
    var named = holder(id, ", 'default_from': 'key@acme.example'").send(bare);
    var holder = holder(id, "");
    var unnamed = holder.send(bare);

    assertThat(author(named)).isEqualTo("key@acme.example");
    assertThat(author(unnamed)).isEqualTo("acme@acme.example");
    assertThat(author(holder.send(MAIL))).isEqualTo("shop@acme.example");
    assertThat(operator.get(TENANTS + "/" + id).text("default_from"))
        .isEqualTo("\"Acme\" <acme@acme.example>");
    operator.call("PATCH", TENANTS + "/" + id, "{\"default_from\": null}");
    assertThat(holder.send(bare).pointers()).containsExactly("/from");
  }

  @Test
  void keepsATenantsMailToItsDomainsWhateverItsKeysSay() {
    create(id, ", 'allowed_sender_domains': ['ACME.example', '*.acme.example']");
    var free = holder(id, ", 'default_from': 'shop@evil.example'");
    var narrow = holder(id, ", 'allowed_sender_domains': ['mail.acme.example', 'evil.example']");
    String evil = MAIL.replace("shop@acme.example", "shop@evil.example");
    String below = MAIL.replace("shop@acme.example", "shop@mail.acme.example");

    for (var refused :
        List.of(
            free.send(evil),
            free.send(MAIL.replace("\"from\": \"shop@acme.example\", ", "")),
            narrow.send(evil))) {
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.text("code")).isEqualTo("sender_not_allowed");
      assertThat(refused.pointers()).containsExactly("/from");
      assertThat(refused.text("detail"))
          .startsWith("The tenant of this API key")
          .contains("nothing charged");
    }
    assertThat(free.send(MAIL).status()).isEqualTo(202);
    assertThat(narrow.send(below).status()).isEqualTo(202);
    assertThat(narrow.send(MAIL).text("detail")).startsWith("This API key");
    var seen = operator.get(TENANTS + "/" + id).body();
    assertThat(seen.path("allowed_sender_domains").toString())
        .isEqualTo("[\"acme.example\",\"*.acme.example\"]");
    assertThat(tenant(Published.on(Topics.TENANTS, id, 1).getLast()).allowedSenderDomains())
        .hasSize(2);

    operator.call("PATCH", TENANTS + "/" + id, "{\"hold\": true}");
    assertThat(free.send(evil).status()).isEqualTo(403);
    operator.call("PATCH", TENANTS + "/" + id, "{\"allowed_sender_domains\": null}");
    assertThat(free.send(evil).status()).isEqualTo(202);
  }

  private String author(Client.Answer accepted) {
    return Quota.event(quota.requests(accepted.text("id")).getFirst())
        .mail()
        .from()
        .address()
        .value();
  }

  @Test
  void isForOperatorsOnly() {
    create(id, "");
    var admin = holder(id, ", 'scopes': ['send', 'read', 'admin']");

    for (var call :
        List.of(
            admin.get(TENANTS),
            admin.get(TENANTS + "/" + id),
            admin.call("POST", TENANTS, "{}"),
            admin.call("PATCH", TENANTS + "/" + id, "{}"),
            admin.call("DELETE", TENANTS + "/" + id, null))) {
      assertThat(call.status()).isEqualTo(403);
    }
  }

  @Test
  void listsByPages() {
    create(id, "");
    int count = 0;
    String next = "";
    do {
      var page = operator.get(TENANTS + "?limit=1" + next);
      assertThat(page.body().path("items").size()).isEqualTo(1);
      count++;
      next = page.body().has("next_cursor") ? "&cursor=" + page.text("next_cursor") : "";
    } while (!next.isEmpty());

    assertThat(count)
        .isEqualTo(operator.get(TENANTS + "?limit=200").body().path("items").size())
        .isGreaterThan(1);
  }

  @Test
  void notesWhoDidWhat() {
    create(id, ", 'daily_limit': 3");
    operator.call("PATCH", TENANTS + "/" + id, "{\"enabled\": false}");
    operator.call("DELETE", TENANTS + "/" + id, null);

    assertThat(
            jdbc.sql(
                    "SELECT action || ' ' || array_to_string(fields, ',') FROM intake.admin_log WHERE subject_id = :id ORDER BY id")
                .param("id", id)
                .query(String.class)
                .list())
        .containsExactly(
            "tenant.created id,name,daily_limit", "tenant.changed enabled", "tenant.deleted ");
  }
}
