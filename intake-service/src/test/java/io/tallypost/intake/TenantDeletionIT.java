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
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;

/** How a tenant is deleted, and for how long its id is reserved. */
class TenantDeletionIT extends TenantIT {
  @Autowired private DataSource dataSource;
  @Autowired private ApplicationContext intake;

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
}
