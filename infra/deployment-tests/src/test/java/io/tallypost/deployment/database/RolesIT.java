package io.tallypost.deployment.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.deployment.database.ServiceJar.Run;
import io.tallypost.stack.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** infra/postgresql/roles.sql: who may do what, before and after the migrations of the jars. */
class RolesIT {
  private static final Path SCRIPT = Path.of("..", "postgresql", "roles.sql");
  private static final List<String> SERVICES =
      List.of("intake-service", "quota-service", "audit-service");

  /** SQL's state for what one has no right to. */
  private static final String DENIED = "42501";

  @TempDir private static Path directory;
  private static PostgresServer server;

  /** Made by the script, and then brought forward by all three with the owner's login. */
  @BeforeAll
  static void makeRolesAndSchemas() throws Exception {
    server = PostgresServer.start(directory.resolve("postgres"));
    server.createDatabase("tallypost");
    execute("tallypost", server.user(), Files.readString(SCRIPT));
    // As the chart's Job has them: files that are named as the properties are.
    Path secrets = Files.createDirectory(directory.resolve("secrets"));
    Files.writeString(secrets.resolve("spring.flyway.user"), "tallypost_owner\n");
    Files.writeString(secrets.resolve("spring.flyway.password"), "secret");
    for (String service : SERVICES) {
      Run run = migrate(service, "tallypost", Map.of("SECRETS_DIRECTORY", secrets.toString()));
      assertThat(run.exitCode()).as(run.output()).isZero();
      assertThat(run.output()).contains(service + ": the schema is up to date");
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Run migrate(String service, String database, Map<String, String> environment)
      throws IOException, InterruptedException {
    var all = new java.util.HashMap<>(environment);
    all.put("DATABASE_URL", server.jdbcUrl(database));
    return new ServiceJar(service).run(all, "--migrate");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "quota  | SELECT count(*) FROM quota.usage",
        "quota  | INSERT INTO quota.progress (topic_id, partition, next_offset) VALUES (gen_random_uuid(), 0, 1)",
        "quota  | DELETE FROM quota.progress",
        "intake | UPDATE intake.tenant SET name = name",
        "intake | SELECT nextval('intake.tenant_version')",
        "intake | DELETE FROM intake.outbox WHERE seq IN (1)",
        "audit  | SELECT audit.make_day(DATE '2026-11-28')",
        "audit  | SELECT count(*) FROM audit.message WHERE day = DATE '2026-11-28'",
        "audit  | SELECT audit.drop_day(DATE '2026-11-28')",
        "audit  | SELECT audit.empty_log()",
        "intake | SELECT version FROM intake.flyway_schema_history",
        "intake | INSERT INTO intake.admin_log (at, actor, action, subject_id, tenant, fields) VALUES (now(), 'x', 'x.y', 'x', 'x', '{}')",
        "audit  | INSERT INTO audit.admin_log (at, actor, action, subject_id) VALUES (now(), 'x', 'x.y', 'x')",
        "intake | SELECT intake.forget_admin_log(now(), 1)",
        "audit  | SELECT audit.forget_admin_log(now(), 1)",
        "intake | INSERT INTO intake.tenant (id, name) VALUES ('gone', 'gone')",
        "intake | DELETE FROM intake.tenant WHERE id = 'gone'",
        "intake | INSERT INTO intake.api_key (id, tenant, name, mode, scopes, secrets, enabled, limits, version, created_at, updated_at) VALUES ('keyOfRoles', 'default', 'x', 'live', '[]', '[]', true, '[]', 1, now(), now())",
        "intake | INSERT INTO intake.admin_log (at, actor, action, subject_id, tenant, fields) VALUES (now(), 'x', 'api_key.created', 'keyOfRoles', 'x', '{}')",
        "intake | INSERT INTO intake.admin_log (at, actor, action, subject_id, tenant, fields) VALUES (now(), 'x', 'api_key.rotated', 'keyOfRoles', 'x', '{}')",
        "intake | DELETE FROM intake.api_key WHERE id = 'keyOfRoles'"
      })
  void aServiceReadsAndWritesItsRows(String service, String sql) throws SQLException {
    execute("tallypost", "tallypost_" + service, sql);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "quota  | CREATE TABLE quota.mine (id int)",
        "quota  | ALTER TABLE quota.usage ADD COLUMN mine int",
        "quota  | DROP TABLE quota.usage",
        "quota  | TRUNCATE quota.usage",
        "quota  | CREATE SCHEMA mine",
        "quota  | CREATE TABLE public.mine (id int)",
        "quota  | CREATE TEMPORARY TABLE mine (id int)",
        "quota  | SELECT * FROM intake.api_key",
        "quota  | SELECT * FROM audit.message",
        "quota  | SELECT audit.drop_day(DATE '2026-11-28')",
        "quota  | SET ROLE tallypost_owner",
        "intake | SELECT * FROM quota.usage",
        "intake | ALTER TABLE intake.api_key DROP COLUMN secrets",
        "audit  | SELECT * FROM intake.relay",
        "audit  | CREATE TABLE audit.mine (id int)",
        "audit  | DROP TABLE audit.message",
        "audit  | TRUNCATE audit.admin_log",
        "audit  | CREATE FUNCTION audit.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'"
      })
  void aServiceMayNotDoMore(String service, String sql) {
    assertThatThrownBy(() -> execute("tallypost", "tallypost_" + service, sql))
        .isInstanceOfSatisfying(
            SQLException.class, denied -> assertThat(denied.getSQLState()).isEqualTo(DENIED));
  }

  /** Whether they were made before the rights were given, or after. */
  @ParameterizedTest
  @CsvSource({"intake", "quota", "audit"})
  void aServiceOnlyReadsWhatWasMigratedAndOnlyAddsToTheLog(String service) throws Exception {
    assertKept("tallypost", service);
    execute("tallypost", server.user(), Files.readString(SCRIPT));
    assertKept("tallypost", service);
  }

  private static void assertKept(String database, String service) {
    List<String> refused =
        new ArrayList<>(
            List.of(
                "INSERT INTO %s.flyway_schema_history SELECT * FROM %s.flyway_schema_history",
                "UPDATE %s.flyway_schema_history SET success = false",
                "DELETE FROM %s.flyway_schema_history",
                "DROP TABLE %s.flyway_schema_history"));
    if (!service.equals("quota")) {
      refused.addAll(
          List.of(
              "UPDATE %s.admin_log SET actor = 'x'",
              "DELETE FROM %s.admin_log",
              "TRUNCATE %s.admin_log",
              "SELECT id FROM %s.admin_log FOR UPDATE",
              "ALTER TABLE %s.admin_log DISABLE TRIGGER ALL",
              "ALTER TABLE %s.admin_log OWNER TO tallypost_%s",
              "DROP TRIGGER admin_log_kept ON %s.admin_log",
              "ALTER FUNCTION %s.forget_admin_log(timestamptz, integer) SECURITY INVOKER",
              "CREATE RULE none AS ON INSERT TO %s.admin_log DO INSTEAD NOTHING",
              "SET session_replication_role = 'replica'"));
    }
    for (String sql : refused) {
      assertThatThrownBy(
              () -> execute(database, "tallypost_" + service, sql.replace("%s", service)))
          .as(sql)
          .isInstanceOfSatisfying(
              SQLException.class, denied -> assertThat(denied.getSQLState()).isEqualTo(DENIED));
    }
  }

  @Test
  void aDayThatTheServiceMakesIsTheOwners() throws SQLException {
    execute("tallypost", "tallypost_audit", "SELECT audit.make_day(DATE '2026-11-27')");

    assertThat(
            list(
                "tallypost",
                "SELECT tablename || ' ' || tableowner FROM pg_tables WHERE tablename LIKE '%_p20261127' ORDER BY 1"))
        .containsExactly(
            "message_p20261127 tallypost_owner",
            "message_recipient_p20261127 tallypost_owner",
            "timeline_p20261127 tallypost_owner");
    execute("tallypost", "tallypost_audit", "SELECT audit.drop_day(DATE '2026-11-27')");
  }

  @Test
  void aServiceWhoseSchemaIsBehindSaysSoAndDoesNotStart() throws Exception {
    server.createDatabase("behind");
    execute("behind", server.user(), Files.readString(SCRIPT));

    Run run =
        new ServiceJar("quota-service")
            .run(
                Map.of(
                    "DATABASE_URL",
                    server.jdbcUrl("behind"),
                    "DATABASE_USER",
                    "tallypost_quota",
                    "DATABASE_MIGRATE",
                    "false",
                    // The discard port: nobody is there.
                    "KAFKA_BOOTSTRAP_SERVERS",
                    "127.0.0.1:9"));

    assertThat(run.exitCode()).as(run.output()).isEqualTo(1);
    assertThat(run.output()).contains("the schema lacks V1__", "--migrate");
    assertThat(list("behind", "SELECT tablename FROM pg_tables WHERE schemaname = 'quota'"))
        .isEmpty();
  }

  /** As before there was more than one role: the services' one login owned what they made. */
  @Test
  void anInstallationWithOneLoginForAllIsTakenOver() throws Exception {
    server.createDatabase("before");
    execute("before", server.user(), "CREATE ROLE tallypost LOGIN");
    execute("before", server.user(), "GRANT CREATE ON DATABASE before TO tallypost");
    for (String service : SERVICES) {
      Run run = migrate(service, "before", Map.of("DATABASE_USER", "tallypost"));
      assertThat(run.exitCode()).as(run.output()).isZero();
    }
    execute("before", "tallypost", "SELECT audit.make_day(DATE '2026-11-26')");

    execute("before", server.user(), Files.readString(SCRIPT));

    assertThat(
            list(
                "before",
                "SELECT relname FROM pg_class WHERE relnamespace IN ('intake'::regnamespace, 'quota'::regnamespace, 'audit'::regnamespace) AND pg_get_userbyid(relowner) <> 'tallypost_owner'"))
        .isEmpty();
    execute("before", "tallypost_audit", "SELECT audit.drop_day(DATE '2026-11-26')");
    execute("before", "tallypost_intake", "UPDATE intake.tenant SET name = name");
    for (String service : List.of("intake", "quota", "audit")) {
      assertKept("before", service);
    }
    Run run = migrate("intake-service", "before", Map.of("SPRING_FLYWAY_USER", "tallypost_owner"));
    assertThat(run.exitCode()).as(run.output()).isZero();
  }

  /** As managed databases have them. */
  @Test
  void whoMakesTheRolesNeedsNotBeASuperuser() throws Exception {
    server.createDatabase("managed");
    execute("managed", server.user(), "CREATE ROLE dba LOGIN CREATEROLE");
    execute("managed", server.user(), "ALTER DATABASE managed OWNER TO dba");
    for (String role : List.of("owner", "intake", "quota", "audit")) {
      execute(
          "managed", server.user(), "GRANT tallypost_%s TO dba WITH ADMIN OPTION".formatted(role));
    }

    execute("managed", "dba", Files.readString(SCRIPT));
    execute("managed", "dba", Files.readString(SCRIPT));

    Run run = migrate("quota-service", "managed", Map.of("SPRING_FLYWAY_USER", "tallypost_owner"));
    assertThat(run.exitCode()).as(run.output()).isZero();
    execute("managed", "tallypost_quota", "SELECT count(*) FROM quota.usage");
  }

  private static void execute(String database, String user, String sql) throws SQLException {
    try (Connection connection = connect(database, user);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> list(String database, String sql) throws SQLException {
    try (Connection connection = connect(database, server.user());
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }

  private static Connection connect(String database, String user) throws SQLException {
    return DriverManager.getConnection(server.jdbcUrl(database), user, "secret");
  }
}
