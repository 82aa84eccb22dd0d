package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** An admin key stays in its box, whatever it makes of itself and of others. */
class KeyFencesIT extends IntakeIT {
  private static final String KEYS = "/api/v1/admin/api-keys";
  private static final String ADMIN = "'scopes': ['send', 'read', 'admin']";

  /** What the admin of these tests has: limits, times, domains, networks. */
  private static final String BOX =
      """
      'scopes': ['send', 'read', 'admin'], 'daily_limit': 100, 'per_minute_limit': 10,
      'expires_at': '2090-01-01T00:00:00Z', 'allowed_sender_domains': ['*.acme.example'],
      'allowed_recipient_domains': ['example.org'], 'allowed_cidrs': ['127.0.0.0/8', '::1']
      """;

  @Autowired private JdbcClient jdbc;
  @Autowired private DataSource dataSource;

  private final Executor threads = Thread::startVirtualThread;
  private String tenant = "";

  @BeforeEach
  void tenant() {
    tenant = "t-" + UUID.randomUUID();
    operator.call(
        "POST",
        "/api/v1/admin/tenants",
        "{\"id\": \"%s\", \"name\": \"%s\"}".formatted(tenant, tenant));
  }

  private Client.Answer made(Client maker, String fields) {
    return newKey(maker, (maker == operator ? "'tenant': '" + tenant + "', " : "") + fields);
  }

  private Client.Answer post(Client maker, String fields) {
    return maker.call(
        "POST",
        KEYS,
        "{\"name\": \"%s\", %s}".formatted(UUID.randomUUID(), fields.replace('\'', '"')));
  }

  private static Client.Answer patch(Client changer, Client.Answer key, String fields) {
    return changer.call("PATCH", path(key), ("{" + fields + "}").replace('\'', '"'));
  }

  private Client holder(Client.Answer key) {
    return client.with(key.text("api_key"));
  }

  private static String path(Client.Answer key) {
    return KEYS + "/" + key.text("id");
  }

  private static void assertRefused(Client.Answer answer, String... pointers) {
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(403);
    assertThat(answer.text("code")).isEqualTo("exceeds_own_key");
    assertThat(answer.pointers()).containsExactly(pointers);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          'daily_limit': 101                                            | /daily_limit
          'daily_limit': 'unlimited'                                    | /daily_limit
          'daily_limit': null                                           | /daily_limit
          'per_minute_limit': 11                                        | /per_minute_limit
          'per_minute_limit': 'unlimited'                               | /per_minute_limit
          'per_minute_limit': null                                      | /per_minute_limit
          'expires_at': '2090-01-01T00:00:00.001Z'                      | /expires_at
          'expires_at': null                                            | /expires_at
          'allowed_sender_domains': []                                  | /allowed_sender_domains
          'allowed_sender_domains': null                                | /allowed_sender_domains
          'allowed_sender_domains': ['acme.example']                    | /allowed_sender_domains
          'allowed_sender_domains': ['*.example']                       | /allowed_sender_domains
          'allowed_sender_domains': ['a.acme.example', 'evil.example']  | /allowed_sender_domains
          'allowed_recipient_domains': null                             | /allowed_recipient_domains
          'allowed_recipient_domains': ['*.example.org']                | /allowed_recipient_domains
          'allowed_cidrs': null                                         | /allowed_cidrs
          'allowed_cidrs': ['0.0.0.0/0']                                | /allowed_cidrs
          'allowed_cidrs': ['127.0.0.1', '::/0']                        | /allowed_cidrs
          'daily_limit': 'unlimited', 'allowed_sender_domains': null    | /daily_limit /allowed_sender_domains
          """)
  void liftsNothingOfItselfAndMakesAndWidensNothingFreer(String fields, String pointers) {
    var self = made(operator, BOX);
    var admin = holder(self);
    var other = made(admin, "'scopes': ['send']");
    String before = operator.get(path(self)).text("updated_at");
    String otherBefore = operator.get(path(other)).text("updated_at");

    assertRefused(post(admin, fields), pointers.split(" "));
    assertRefused(patch(admin, self, fields), pointers.split(" "));
    assertRefused(patch(admin, other, fields), pointers.split(" "));

    assertThat(operator.get(path(self)).text("updated_at")).isEqualTo(before);
    assertThat(operator.get(path(other)).text("updated_at")).isEqualTo(otherBefore);
    assertThat(operator.get(KEYS + "?made_by=" + self.text("id")).body().path("items").size())
        .isEqualTo(1);
  }

  @Test
  void handsItsOwnRestrictionsOnToWhatItMakes() {
    var admin = holder(made(operator, BOX));

    var made = post(admin, "'scopes': ['send']").body();

    assertThat(made.path("daily_limit").asLong()).isEqualTo(100);
    assertThat(made.path("per_minute_limit").asLong()).isEqualTo(10);
    assertThat(made.path("expires_at").asString()).isEqualTo("2090-01-01T00:00:00Z");
    assertThat(made.path("allowed_sender_domains").toString()).isEqualTo("[\"*.acme.example\"]");
    assertThat(made.path("allowed_recipient_domains").toString()).isEqualTo("[\"example.org\"]");
    assertThat(made.path("allowed_cidrs").toString()).isEqualTo("[\"127.0.0.0/8\",\"::1\"]");
  }

  @Test
  void makesAndChangesWhatIsNarrower() {
    var self = made(operator, BOX);
    var admin = holder(self);

    var narrower =
        post(
            admin,
            """
            'mode': 'test', 'scopes': ['send'], 'daily_limit': 99, 'per_minute_limit': 1,
            'expires_at': '2089-01-01T00:00:00Z',
            'allowed_sender_domains': ['a.acme.example', '*.b.acme.example'],
            'allowed_cidrs': ['127.1.0.0/16']
            """);

    assertThat(narrower.status()).isEqualTo(201);
    assertThat(patch(admin, narrower, "'daily_limit': 100").status()).isEqualTo(200);
    assertThat(patch(admin, self, "'daily_limit': 50").status()).isEqualTo(200);
    assertRefused(patch(admin, self, "'daily_limit': 51"), "/daily_limit");
    assertRefused(patch(admin, narrower, "'name': 'x'"), "/daily_limit");
  }

  @Test
  void leavesKeysAloneThatAreFreerThanItself() {
    var admin = holder(made(operator, BOX));
    var freer = made(operator, "'daily_limit': 101, 'allowed_cidrs': ['127.0.0.1']");
    String[] pointers = {
      "/daily_limit",
      "/per_minute_limit",
      "/expires_at",
      "/allowed_sender_domains",
      "/allowed_recipient_domains"
    };

    assertRefused(admin.call("POST", path(freer) + "/rotate", "{}"), pointers);
    assertRefused(patch(admin, freer, "'enabled': false"), pointers);
    assertRefused(patch(admin, freer, "'daily_limit': 5"), pointers);
    assertRefused(admin.call("DELETE", path(freer), null), pointers);
    assertThat(operator.get(path(freer)).text("updated_at")).isEqualTo(freer.text("updated_at"));
  }

  @Test
  void rotatesOnlyWhatItCouldMake() {
    var self = made(operator, BOX);
    var admin = holder(self);
    var own = made(admin, "'scopes': ['send']");

    assertThat(admin.call("POST", path(own) + "/rotate", "{}").status()).isEqualTo(200);
    assertThat(admin.call("POST", path(self) + "/rotate", "{}").status()).isEqualTo(200);
  }

  /** An operator may do anything but learn what its key does not open by itself. */
  @Test
  void anOperatorLearnsNoSecretOfAScopeThatItLacks() {
    var bare = holder(newKey(operator, "'scopes': ['operator']"));
    var reader = made(operator, "'scopes': ['send', 'read:body'], 'daily_limit': 'unlimited'");

    var rotated = bare.call("POST", path(reader) + "/rotate", "{\"overlap\": 0}");

    assertThat(rotated.status()).isEqualTo(403);
    assertThat(rotated.text("code")).isEqualTo("scope_not_held");
    assertThat(rotated.pointers()).containsExactly("/scopes");
    assertThat(rotated.body().has("api_key")).isFalse();
    assertThat(operator.get(path(reader)).body().has("previous_secret_expires_at")).isFalse();
    assertThat(patch(bare, reader, "'enabled': false").status()).isEqualTo(200);
    assertThat(bare.call("DELETE", path(reader), null).status()).isEqualTo(204);
    assertThat(
            operator
                .call("POST", path(made(operator, "'daily_limit': 'unlimited'")) + "/rotate", "{}")
                .status())
        .isEqualTo(200);
  }

  @Test
  void tellsATenantsLogWhoRotatedItsKey() {
    var key = made(operator, "'scopes': ['send']");
    operator.call("POST", path(key) + "/rotate", "{}");
    String actor = ApiKeyToken.parse(operatorKey()).orElseThrow().id().value();

    assertThat(
            jdbc.sql(
                    "SELECT actor || ' ' || subject_id FROM intake.admin_log WHERE tenant = :tenant AND action = 'api_key.rotated'")
                .param("tenant", tenant)
                .query(String.class)
                .list())
        .containsExactly(actor + " " + key.text("id"));
  }

  @Test
  void remembersWhoMadeAKey() throws UnreadableRecordException {
    var self = made(operator, ADMIN);
    var made = made(holder(self), "'scopes': ['send']");
    operator.call("POST", path(made) + "/rotate", "{}");
    patch(operator, made, "'enabled': false");

    var seen = operator.get(path(made));

    assertThat(made.text("created_by")).isEqualTo(self.text("id"));
    assertThat(seen.text("created_by")).isEqualTo(self.text("id"));
    assertThat(self.text("created_by"))
        .isEqualTo(ApiKeyToken.parse(operatorKey()).orElseThrow().id().value());
    for (var record : Published.on(Topics.API_KEYS, made.text("id"), 3)) {
      assertThat(EventJson.read(record.value(), ApiKeyState.class).createdBy())
          .hasToString(self.text("id"));
    }
    assertThat(patch(operator, made, "'created_by': 'acmeKey00001'").pointers())
        .containsExactly("/created_by");
  }

  private List<String> madeBy(Client asking, Client.Answer key) {
    return asking
        .get(KEYS + "?limit=200&made_by=" + key.text("id"))
        .body()
        .path("items")
        .values()
        .stream()
        .map(item -> item.path("id").asString())
        .toList();
  }

  private static List<String> ids(Client.Answer... keys) {
    return Stream.of(keys).map(key -> key.text("id")).toList();
  }

  @Test
  void revokesAllThatAKeyMadeThroughOthersToo() {
    var first = made(operator, ADMIN);
    var second = made(holder(first), ADMIN);
    var third = made(holder(second), ADMIN);
    var fourth = made(holder(third), "'scopes': ['send']");
    var beside = made(operator, ADMIN);
    // What comes in between may be gone.
    assertThat(operator.call("DELETE", path(second), null).status()).isEqualTo(204);
    assertThat(madeBy(operator, first)).isEqualTo(ids(third, fourth));
    assertThat(madeBy(holder(beside), first)).isEqualTo(ids(third, fourth));

    var revoked = operator.call("DELETE", path(first) + "?cascade=true", null);

    assertThat(revoked.status()).isEqualTo(200);
    assertThat(revoked.body().path("deleted").values().stream().map(id -> id.asString()))
        .containsExactlyInAnyOrderElementsOf(ids(first, third, fourth));
    for (var gone : List.of(first, third, fourth)) {
      assertThat(operator.get(path(gone)).status()).isEqualTo(404);
      assertThat(holder(gone).send("{}").status()).isEqualTo(401);
      assertThat(Published.on(Topics.API_KEYS, gone.text("id"), 2).getLast().value()).isNull();
    }
    assertThat(holder(beside).send("{}").status()).isEqualTo(422);
    assertThat(
            jdbc.sql(
                    "SELECT count(*) FROM intake.admin_log WHERE tenant = :tenant AND action = 'api_key.deleted'")
                .param("tenant", tenant)
                .query(Long.class)
                .single())
        .isEqualTo(4);
  }

  @Test
  void revokesAKeyAloneUnlessAskedForMore() {
    var maker = made(operator, ADMIN);
    var made = made(holder(maker), "'scopes': ['send']");

    assertThat(operator.call("DELETE", path(maker) + "?cascade=false", null).status())
        .isEqualTo(204);

    assertThat(holder(made).send("{}").status()).isEqualTo(422);
    assertThat(operator.get(path(made)).text("created_by")).isEqualTo(maker.text("id"));
  }

  @Test
  void revokesNothingIfItMayNotRevokeAll() {
    var maker = made(operator, ADMIN);
    var made = made(holder(maker), "'scopes': ['send']");
    patch(operator, made, "'daily_limit': 'unlimited'");
    var other = holder(made(operator, ADMIN));

    var refused = other.call("DELETE", path(maker) + "?cascade=true", null);

    assertRefused(refused, "/daily_limit");
    assertThat(operator.get(path(maker)).status()).isEqualTo(200);
    assertThat(operator.get(path(made)).status()).isEqualTo(200);
    assertThat(operator.call("DELETE", path(maker) + "?cascade=yes", null).pointers())
        .containsExactly("/cascade");
    assertThat(operator.get(KEYS + "?made_by=x").pointers()).containsExactly("/made_by");
  }

  /** The second operator's key was made by the first, and is what cleans up after it. */
  @Test
  void sparesTheKeyThatAsksAndWhatThatMade() {
    String all = "'scopes': ['send', 'read', 'operator']";
    var leaked = newKey(operator, all);
    var asking = newKey(holder(leaked), all);
    var kept = newKey(holder(asking), "'scopes': ['send']");
    var bad = newKey(holder(leaked), "'scopes': ['send']");

    var revoked = holder(asking).call("DELETE", path(leaked) + "?cascade=true", null);

    assertThat(revoked.body().path("deleted").values().stream().map(id -> id.asString()))
        .containsExactlyElementsOf(ids(leaked, bad));
    assertThat(holder(asking).get(path(kept)).text("created_by")).isEqualTo(asking.text("id"));
    // It goes with who made the leaked one now.
    String first = ApiKeyToken.parse(operatorKey()).orElseThrow().id().value();
    assertThat(
            jdbc.sql("SELECT revoked_with FROM intake.api_key WHERE id = :id")
                .param("id", asking.text("id"))
                .query(String.class)
                .single())
        .isEqualTo(first);
    operator.call("DELETE", path(asking) + "?cascade=true", null);
    assertThat(operator.get(path(kept)).status()).isEqualTo(404);
  }

  /** It knows the secret, and would go on under it. */
  @Test
  void revokesWhatAKeyHasRotatedToo() {
    var rotating = made(operator, ADMIN);
    var between = made(holder(rotating), ADMIN);
    var sibling = made(operator, ADMIN);
    var siblings = made(holder(sibling), "'scopes': ['send']");
    var own = holder(sibling).call("POST", path(sibling) + "/rotate", "{}");
    var rotated = holder(between).call("POST", path(sibling) + "/rotate", "{}");
    assertThat(rotated.status()).isEqualTo(200);
    assertThat(madeBy(operator, between)).isEqualTo(ids(sibling, siblings));
    assertThat(madeBy(operator, sibling)).isEqualTo(ids(siblings));
    // What comes in between may be gone.
    assertThat(operator.call("DELETE", path(between), null).status()).isEqualTo(204);
    assertThat(madeBy(operator, rotating)).isEqualTo(ids(sibling, siblings));

    var revoked = operator.call("DELETE", path(rotating) + "?cascade=true", null);

    assertThat(revoked.body().path("deleted").values().stream().map(id -> id.asString()))
        .containsExactlyElementsOf(ids(rotating, sibling, siblings));
    for (var gone : List.of(own, rotated, siblings)) {
      assertThat(holder(gone).send("{}").status()).isEqualTo(401);
    }
    assertThat(
            jdbc.sql(
                    "SELECT count(*) FROM intake.api_key_rotation WHERE :id IN (api_key, rotated_by)")
                .param("id", sibling.text("id"))
                .query(Long.class)
                .single())
        .isZero();
  }

  /** Its maker is revoked with what it made, whoever has rotated that meanwhile. */
  @Test
  void whoRotatesAKeyTakesItFromNobody() {
    var maker = made(operator, ADMIN);
    var made = made(holder(maker), "'scopes': ['send']");
    var other = made(operator, ADMIN);
    var rotated = holder(other).call("POST", path(made) + "/rotate", "{\"overlap\": 0}");
    assertThat(operator.call("DELETE", path(other), null).status()).isEqualTo(204);

    operator.call("DELETE", path(maker) + "?cascade=true", null);

    assertThat(holder(rotated).send("{}").status()).isEqualTo(401);
  }

  @Test
  void keysThatHaveRotatedEachOtherGoTogether() {
    var one = made(operator, ADMIN);
    var other = made(holder(one), ADMIN);
    var rotated = holder(other).call("POST", path(one) + "/rotate", "{}");
    holder(rotated).call("POST", path(other) + "/rotate", "{}");

    var revoked = operator.call("DELETE", path(other) + "?cascade=true", null);

    assertThat(revoked.body().path("deleted").values().stream().map(id -> id.asString()))
        .containsExactlyElementsOf(ids(other, one));
  }

  @Test
  void revokesAThousandThatAKeyMade() {
    var first = made(operator, ADMIN);
    var second = made(holder(first), ADMIN);
    jdbc.sql(
            """
            INSERT INTO intake.api_key (id, tenant, name, mode, scopes, secrets, enabled, limits, restrictions,
                                        version, created_at, updated_at, created_by, revoked_with)
            SELECT :prefix || n, tenant, 'made ' || n, mode, '["send"]', secrets, enabled, limits, restrictions,
                   1, now(), now(), id, id
            FROM intake.api_key, generate_series(1000, 1999) n WHERE id = :maker
            """)
        .param("prefix", second.text("id"))
        .param("maker", second.text("id"))
        .update();

    var revoked = operator.call("DELETE", path(first) + "?cascade=true", null);

    assertThat(revoked.status()).isEqualTo(200);
    assertThat(revoked.body().path("deleted").size()).isEqualTo(1002);
    assertThat(
            jdbc.sql("SELECT count(*) FROM intake.api_key WHERE tenant = :tenant")
                .param("tenant", tenant)
                .query(Long.class)
                .single())
        .isZero();
  }

  /** After PostgreSQL was restored from a backup, keys are on the topic that have no row. */
  @Test
  void revokesWhatOnlyTheTopicKnows() {
    var maker = made(operator, ADMIN);
    var made = made(holder(maker), "'scopes': ['send']");
    jdbc.sql("DELETE FROM intake.api_key WHERE id = :id").param("id", made.text("id")).update();
    assertThat(holder(made).send("{}").status()).isEqualTo(422);

    var revoked = operator.call("DELETE", path(maker) + "?cascade=true", null);

    assertThat(revoked.body().path("deleted").values().stream().map(id -> id.asString()))
        .containsExactlyElementsOf(ids(maker, made));
    assertThat(holder(made).send("{}").status()).isEqualTo(401);
  }

  /** Else a thief's key outlives the revocation of the one that it was just being made with. */
  @Test
  void makesNothingWithAKeyThatIsBeingRevoked() throws Exception {
    var maker = made(operator, ADMIN);
    CompletableFuture<Client.Answer> late;
    try (var connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.executeUpdate(
          "DELETE FROM intake.api_key WHERE id = '%s'".formatted(maker.text("id")));
      statement.executeUpdate(
          "INSERT INTO intake.tombstone (topic, key, version, deleted_at) VALUES ('config.api-keys.v1', '%s', 2, now())"
              .formatted(maker.text("id")));
      late = CompletableFuture.supplyAsync(() -> post(holder(maker), "'scopes': ['send']"));
      await().until(this::somebodyWaitsForAKey);
      connection.commit();
    }

    assertThat(late.join().status()).isEqualTo(401);
    assertThat(madeBy(operator, maker)).isEmpty();
  }

  @Test
  void makesNothingWithWhatWasTakenFromItMeanwhile() throws Exception {
    var maker = made(operator, ADMIN + ", 'daily_limit': 100");

    var late =
        whileItChanges(
            maker,
            """
            limits = '[{"policy": "key_day", "limit": 5}]'
            """,
            () -> post(holder(maker), "'scopes': ['send'], 'daily_limit': 100"));

    assertRefused(late, "/daily_limit");
  }

  @Test
  void makesNothingOnceItManagesNoKeysAnyMore() throws Exception {
    var maker = made(operator, ADMIN);

    var late =
        whileItChanges(
            maker,
            """
            scopes = '["send"]'
            """,
            () -> post(holder(maker), "'scopes': ['send']"));

    assertThat(late.status()).isEqualTo(403);
    assertThat(late.text("code")).isEqualTo("missing_scope");
  }

  @Test
  void operatorsMakeOperatorsKeysAtOnce() {
    var maker = holder(made(operator, "'scopes': ['operator']"));

    List<Client.Answer> answers =
        IntStream.range(0, 16)
            .mapToObj(_ ->
                CompletableFuture.supplyAsync(() -> post(maker, "'scopes': ['operator']"), threads))
            .toList()
            .stream()
            .map(CompletableFuture::join)
            .toList();

    assertThat(answers).allSatisfy(made -> assertThat(made.status()).isEqualTo(201));
  }

  @Test
  void adminsWhoChangeEachOtherAtOnceAreBothAnswered() {
    var one = made(operator, ADMIN);
    var other = made(operator, ADMIN);
    for (int round = 0; round < 20; round++) {
      String name = "'name': '%s'".formatted(UUID.randomUUID());
      String otherName = "'name': '%s'".formatted(UUID.randomUUID());
      var first = CompletableFuture.supplyAsync(() -> patch(holder(one), other, name), threads);
      var second =
          CompletableFuture.supplyAsync(() -> patch(holder(other), one, otherName), threads);

      assertThat(first.join().status()).isEqualTo(200);
      assertThat(second.join().status()).isEqualTo(200);
    }
  }

  /** Each holds its own key and waits for the other's: PostgreSQL ends one of the two. */
  @Test
  void adminsWhoWaitForEachOtherAreBothAnswered() throws SQLException {
    var one = made(operator, ADMIN);
    var other = made(operator, ADMIN);
    CompletableFuture<Client.Answer> first;
    CompletableFuture<Client.Answer> second;
    try (var connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      // Lets both hold their own key, and neither lock the other's.
      statement.executeQuery(
          "SELECT FROM intake.api_key WHERE id IN ('%s', '%s') FOR NO KEY UPDATE"
              .formatted(one.text("id"), other.text("id")));
      first =
          CompletableFuture.supplyAsync(() -> patch(holder(one), other, "'name': 'b'"), threads);
      second =
          CompletableFuture.supplyAsync(() -> patch(holder(other), one, "'name': 'a'"), threads);
      await().until(() -> waiting("FOR UPDATE") == 2);
      connection.commit();
    }

    assertThat(List.of(first.join().status(), second.join().status())).containsExactly(200, 200);
    assertThat(operator.get(path(one)).text("name")).isEqualTo("a");
    assertThat(operator.get(path(other)).text("name")).isEqualTo("b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          PATCH {}               | {"enabled": false} | enabled = false     | key_disabled
          PATCH {}               | {"enabled": false} | scopes = '["send"]' | missing_scope
          POST {}/rotate         |                    | enabled = false     | key_disabled
          POST {}/rotate         |                    | scopes = '["send"]' | missing_scope
          DELETE {}              |                    | enabled = false     | key_disabled
          DELETE {}?cascade=true |                    | scopes = '["send"]' | missing_scope
          """)
  void doesNothingWithAKeyThatWasTakenFromItMeanwhile(
      String call, @Nullable String body, String change, String code) throws SQLException {
    var caller = made(operator, ADMIN);
    var subject = made(operator, "'scopes': ['send']");

    var late =
        whileItChanges(
            caller,
            change,
            () -> {
              String[] parts = call.replace("{}", path(subject)).split(" ", 2);
              return holder(caller).call(parts[0], parts[1], body);
            });

    assertThat(late.text("code")).as(late.body().toString()).isEqualTo(code);
    assertThat(operator.get(path(subject)).text("updated_at"))
        .isEqualTo(subject.text("updated_at"));
  }

  /** What a call is answered that came as its key was being changed, in this part of an UPDATE. */
  private Client.Answer whileItChanges(
      Client.Answer key, String change, Supplier<Client.Answer> call) throws SQLException {
    CompletableFuture<Client.Answer> late;
    try (var connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.executeQuery(
          "SELECT FROM intake.api_key WHERE id = '%s' FOR UPDATE".formatted(key.text("id")));
      statement.executeUpdate(
          "UPDATE intake.api_key SET version = 2, updated_at = now(), %s WHERE id = '%s'"
              .formatted(change, key.text("id")));
      late = CompletableFuture.supplyAsync(call, threads);
      await().until(this::somebodyWaitsForAKey);
      connection.commit();
    }
    return late.join();
  }

  private boolean somebodyWaitsForAKey() {
    return waiting("FOR KEY SHARE") > 0;
  }

  private long waiting(String lock) {
    return jdbc.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%intake.api_key WHERE id%' || :lock")
        .param("lock", lock)
        .query(Long.class)
        .single();
  }
}
