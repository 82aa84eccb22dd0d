package io.tallypost.intake.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.ConfigRow;
import io.tallypost.intake.admin.OldestFirst;
import io.tallypost.intake.tenants.FormerTenants;
import io.tallypost.intake.tenants.TenantStore;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.testing.Backends;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** A database of an earlier build, with rows in it. */
class MigrationIT {

  @Test
  void readsKeysAndTenantsFromBeforeTheyHadLimits() {
    Backends.Database database = Backends.database();
    var source =
        new DriverManagerDataSource(database.jdbcUrl(), database.user(), database.password());
    flyway(source).target("1").load().migrate();
    JdbcClient jdbc = JdbcClient.create(source);
    jdbc.sql(
            """
            INSERT INTO intake.api_key (id, tenant, name, mode, scopes, secrets, enabled, limits,
                default_from, version, created_at, updated_at)
            VALUES ('acmeKey00001', 'default', 'shop', 'live', '["send"]', '[{"hash": "$2a$04$x"}]',
                true, '[{"policy": "key_day", "limit": 7}]', NULL, 3, now(), now())
            """)
        .update();

    flyway(source).load().migrate();

    ApiKeyRow key = new ApiKeyStore(jdbc).find(new ApiKeyId("acmeKey00001")).orElseThrow();
    assertThat(key.state().version()).isEqualTo(3);
    assertThat(key.state().restrictions()).isEqualTo(KeyRestrictions.NONE);
    assertThat(key.lastUsedAt()).isNull();
    assertThat(key.state().createdBy()).isNull();
    ConfigRow<TenantState> tenant = new TenantStore(jdbc).find(TenantId.DEFAULT).orElseThrow();
    assertThat(tenant.state())
        .isEqualTo(
            new TenantState(TenantState.SHAPE, 1, TenantId.DEFAULT, "default", true, List.of()));
    assertThat(new TenantStore(jdbc).nextVersion()).isGreaterThan(1);
  }

  @Test
  void reservesTheIdsOfTenantsThatWereDeletedBefore() {
    Backends.Database database = Backends.database();
    var source =
        new DriverManagerDataSource(database.jdbcUrl(), database.user(), database.password());
    flyway(source).target("6").load().migrate();
    JdbcClient jdbc = JdbcClient.create(source);
    jdbc.sql(
            """
            INSERT INTO intake.admin_log (at, actor, action, subject_id, tenant, fields) VALUES
              ('2026-10-01T12:00:00Z', 'k', 'tenant.deleted', 'gone', 'gone', '{}'),
              ('2026-11-01T12:00:00Z', 'k', 'tenant.deleted', 'gone', 'gone', '{}'),
              ('2026-11-01T12:00:00Z', 'k', 'tenant.deleted', 'back', 'back', '{}')
            """)
        .update();
    jdbc.sql("INSERT INTO intake.tenant (id, name) VALUES ('back', 'Back')").update();

    flyway(source).load().migrate();

    var former = new FormerTenants(jdbc);
    assertThat(former.all()).extracting(TenantState::id).containsExactly(new TenantId("gone"));
    assertThat(former.find(new TenantId("gone")).orElseThrow().deletedAt())
        .isEqualTo(Instant.parse("2026-11-01T12:00:00Z"));
    jdbc.sql("DELETE FROM intake.tenant WHERE id = 'back'").update();
    assertThat(former.find(new TenantId("back"))).as("as a version before deletes").isPresent();
  }

  /**
   * Who made and rotated keys is known from the log, also through keys that were deleted before.
   */
  @Test
  void keysOfBeforeAreRevokedWithWhoMadeThem() {
    Backends.Database database = Backends.database();
    var source =
        new DriverManagerDataSource(database.jdbcUrl(), database.user(), database.password());
    flyway(source).target("9").load().migrate();
    JdbcClient jdbc = JdbcClient.create(source);
    // Each made the next; the second, the third and the fifth are gone.
    makesInOldWay(jdbc, "start", "firstKey1");
    makesInOldWay(jdbc, "firstKey1", "secondKey");
    makesInOldWay(jdbc, "secondKey", "thirdKey1");
    makesInOldWay(jdbc, "thirdKey1", "fourthKey");
    makesInOldWay(jdbc, "start", "rotating1");
    makesInOldWay(jdbc, "rotating1", "fifthKey1");
    makesInOldWay(jdbc, "start", "sixthKey1");
    logs(jdbc, "fifthKey1", "rotated", "sixthKey1");
    logs(jdbc, "sixthKey1", "rotated", "sixthKey1");
    for (String gone : List.of("secondKey", "thirdKey1", "fifthKey1")) {
      deletesInOldWay(jdbc, gone);
    }

    flyway(source).load().migrate();

    assertThat(revokedWith(jdbc, "firstKey1")).containsExactly("fourthKey");
    assertThat(revokedWith(jdbc, "rotating1")).containsExactly("sixthKey1");
    assertThat(revokedWith(jdbc, "sixthKey1")).isEmpty();

    makesInOldWay(jdbc, "fourthKey", "seventhKey");
    logs(jdbc, "seventhKey", "rotated", "sixthKey1");
    deletesInOldWay(jdbc, "fourthKey");

    assertThat(revokedWith(jdbc, "firstKey1"))
        .as("what a process of the version before does while the next one runs")
        .containsExactly("seventhKey", "sixthKey1");
  }

  private static void makesInOldWay(JdbcClient jdbc, String maker, String key) {
    jdbc.sql(
            """
            INSERT INTO intake.api_key (id, tenant, name, mode, scopes, secrets, enabled, limits, version, created_at, updated_at)
            VALUES (:id, 'default', :id, 'live', '["send"]', '[]', true, '[]', 1, now(), now())
            """)
        .param("id", key)
        .update();
    logs(jdbc, maker, "created", key);
  }

  private static void deletesInOldWay(JdbcClient jdbc, String key) {
    jdbc.sql("DELETE FROM intake.api_key WHERE id = :id").param("id", key).update();
    logs(jdbc, "somebody1", "deleted", key);
  }

  private static void logs(JdbcClient jdbc, String actor, String what, String key) {
    jdbc.sql(
            """
            INSERT INTO intake.admin_log (at, actor, action, subject_id, tenant, fields)
            VALUES (now(), :actor, 'api_key.' || :what, :key, 'default', '{}')
            """)
        .param("actor", actor)
        .param("what", what)
        .param("key", key)
        .update();
  }

  private static List<String> revokedWith(JdbcClient jdbc, String key) {
    return new ApiKeyStore(jdbc)
        .pageOfMade(new ApiKeyId(key), Optional.empty(), OldestFirst.page("100", null)).stream()
            .map(row -> row.state().id().value())
            .sorted()
            .toList();
  }

  private static FluentConfiguration flyway(DriverManagerDataSource source) {
    return Flyway.configure().dataSource(source).schemas("intake").createSchemas(true);
  }
}
