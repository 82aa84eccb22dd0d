package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys that are changed while they are used to change others. */
class KeyRacesIT extends TenantKeysIT {
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

  /** The key in between hands down what it made at the same moment. */
  @Test
  void revokesWhatWasMadeWithAKeyThatIsBeingDeleted() throws Exception {
    var maker = made(operator, ADMIN);
    var between = made(holder(maker), ADMIN);
    var last = made(holder(between), "'scopes': ['send']");
    CompletableFuture<Client.Answer> deletion;
    CompletableFuture<Client.Answer> revocation;
    try (var connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.executeQuery(
          "SELECT FROM intake.api_key WHERE id = '%s' FOR UPDATE".formatted(last.text("id")));
      deletion =
          CompletableFuture.supplyAsync(
              () -> operator.call("DELETE", path(between), null), threads);
      await().until(() -> waiting("FOR UPDATE") > 0);
      revocation =
          CompletableFuture.supplyAsync(
              () -> operator.call("DELETE", path(maker) + "?cascade=true", null), threads);
      await().until(() -> waitingFor("%(advisory|revoked_with)%") > 0);
      connection.commit();
    }

    assertThat(deletion.join().status()).isEqualTo(204);
    assertThat(revocation.join().status()).isEqualTo(200);
    assertThat(operator.get(path(last)).status()).isEqualTo(404);
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

  /** Else each crossing holds connections for PostgreSQL's deadlock_timeout, and operators wait. */
  @Test
  void operatorsAreAnsweredWhileAdminsChangeEachOther() {
    var one = made(operator, ADMIN);
    var other = made(operator, ADMIN);
    long deadlocks = deadlocks();
    var over = new AtomicBoolean();
    List<CompletableFuture<Void>> admins =
        IntStream.range(0, 16)
            .mapToObj(number ->
                CompletableFuture.runAsync(
                    () -> {
                      Client admin = holder(number % 2 == 0 ? one : other);
                      Client.Answer subject = number % 2 == 0 ? other : one;
                      while (!over.get()) {
                        patch(admin, subject, "'name': '%s'".formatted(UUID.randomUUID()));
                      }
                    },
                    threads))
            .toList();
    try {
      for (int round = 0; round < 50; round++) {
        assertThat(hold(round % 2 == 0).status()).as("hold %d", round).isEqualTo(200);
      }
      assertThat(patch(operator, one, "'enabled': false").status()).isEqualTo(200);
      assertThat(holder(one).get(path(other)).text("code")).isEqualTo("key_disabled");
    } finally {
      over.set(true);
      admins.forEach(CompletableFuture::join);
    }
    assertThat(deadlocks()).isEqualTo(deadlocks);
  }

  @Test
  void aTenantsAdminsTakeFewConnectionsAtOnce() throws SQLException {
    var admin = holder(made(operator, ADMIN));
    var subject = made(operator, "'scopes': ['send']");
    var answers = new ConcurrentLinkedQueue<Client.Answer>();
    List<CompletableFuture<Void>> changes;
    try (var connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.executeQuery(
          "SELECT FROM intake.api_key WHERE id = '%s' FOR UPDATE".formatted(subject.text("id")));
      changes =
          IntStream.range(0, 16)
              .mapToObj(number ->
                  CompletableFuture.runAsync(
                      () -> answers.add(patch(admin, subject, "'name': 'n%d'".formatted(number))),
                      threads))
              .toList();
      await().until(() -> answers.size() == 14);
      assertThat(answers)
          .allSatisfy(answer -> {
            assertThat(answer.status()).as(answer.body().toString()).isEqualTo(429);
            assertThat(answer.text("code")).isEqualTo("rate_limited");
            assertThat(answer.header("Retry-After")).isEqualTo("2");
          });
      assertThat(hold(true).status()).isEqualTo(200);
      assertThat(post(holder(newKey(operator, ADMIN)), "'scopes': ['send']").status())
          .as("another tenant's admin")
          .isEqualTo(201);
      connection.rollback();
    }
    changes.forEach(CompletableFuture::join);
    assertThat(answers.stream().filter(answer -> answer.status() == 200)).hasSize(2);
  }

  /** A key that revokes its maker with all that this one made, which is locked from there. */
  @Test
  void aRevocationAndAChangeOfTheMakerDoNotCross() {
    for (int round = 0; round < 20; round++) {
      var maker = made(operator, ADMIN);
      var child = made(holder(maker), ADMIN);
      long deadlocks = deadlocks();

      var change =
          CompletableFuture.supplyAsync(
              () -> patch(holder(child), maker, "'name': '%s'".formatted(UUID.randomUUID())),
              threads);
      var deletion =
          CompletableFuture.supplyAsync(
              () -> operator.call("DELETE", path(maker) + "?cascade=true", null), threads);

      assertThat(change.join().status()).isIn(200, 401, 404);
      assertThat(deletion.join().status()).isEqualTo(200);
      assertThat(deadlocks()).isEqualTo(deadlocks);
    }
  }

  private Client.Answer hold(boolean hold) {
    return operator.call(
        "PATCH", "/api/v1/admin/tenants/" + tenant, "{\"hold\": %s}".formatted(hold));
  }

  private long deadlocks() {
    jdbc.sql("SELECT pg_stat_force_next_flush()").query((_, _) -> true).single();
    return jdbc.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        .query(Long.class)
        .single();
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
          POST {}/rotate         | {"overlap": 0}     | secrets = '[{"hash": "another"}]' | unauthorized
          POST {}/rotate         |                    | restrictions = '{"cidrs": ["192.0.2.0/24"]}' | address_not_allowed
          PATCH {}               | {"enabled": false} | secrets = '[{"hash": "another"}]' | unauthorized
          DELETE {}              |                    | secrets = '[{"hash": "another"}]' | unauthorized
          POST {}/rotate         |                    | restrictions = '{"expires_at": "2026-01-01T00:00:00Z"}' | key_expired
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

  /** What was right for the key as it was first read may be wrong for it as it is now. */
  @Test
  void refusesWhatIsTooMuchWithWhatAKeyGotMeanwhile() throws SQLException {
    String domains =
        IntStream.range(0, 90)
            .mapToObj(number -> "'%s.d%d.example'".formatted("a".repeat(50), number))
            .collect(Collectors.joining(","));
    var wide = made(operator, "'allowed_sender_domains': [" + domains + "]");
    var subject = made(operator, "'scopes': ['send']");

    var late =
        whileItChanges(
            subject,
            "restrictions = (SELECT restrictions FROM intake.api_key WHERE id = '%s')"
                .formatted(wide.text("id")),
            () -> patch(operator, subject, "'allowed_recipient_domains': [" + domains + "]"));

    assertThat(late.status()).as(late.body().toString()).isEqualTo(422);
    assertThat(late.pointers()).containsExactly("/allowed_recipient_domains");
    assertThat(operator.get(path(subject)).body().path("allowed_recipient_domains").isEmpty())
        .isTrue();
  }

  private long waitingFor(String statement) {
    return jdbc.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query SIMILAR TO :statement")
        .param("statement", statement)
        .query(Long.class)
        .single();
  }
}
