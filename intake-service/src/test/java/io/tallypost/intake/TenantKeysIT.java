package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;

/** Keys of a tenant that nobody else has, and what they make. */
abstract class TenantKeysIT extends KeyIT {
  static final String ADMIN = "'scopes': ['send', 'read', 'admin']";

  @Autowired DataSource dataSource;

  final Executor threads = Thread::startVirtualThread;

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

  /** What a call is answered that came as its key was being changed, in this part of an UPDATE. */
  Client.Answer whileItChanges(Client.Answer key, String change, Supplier<Client.Answer> call)
      throws SQLException {
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

  boolean somebodyWaitsForAKey() {
    return waiting("FOR KEY SHARE") + waiting("FOR UPDATE") > 0;
  }

  long waiting(String lock) {
    return jdbc.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%intake.api_key WHERE id%' || :lock")
        .param("lock", lock)
        .query(Long.class)
        .single();
  }
}
