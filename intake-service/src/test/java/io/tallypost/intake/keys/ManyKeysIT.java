package io.tallypost.intake.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.outbox.Outbox;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.paging.Place;
import io.tallypost.kit.testing.Backends;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What is asked of a database with 200 000 keys leads to the rows, and never reads all of them. */
class ManyKeysIT {
  private static final Backends.Database DATABASE = Backends.database();
  private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

  /** It made the hundred before it. */
  private static final ApiKeyId MAKER = new ApiKeyId("key101000");

  private static final SingleConnectionDataSource SOURCE =
      new SingleConnectionDataSource(
          DATABASE.jdbcUrl(), DATABASE.user(), DATABASE.password(), true);
  private static final JdbcClient JDBC = JdbcClient.create(SOURCE);

  private final TransactionTemplate transaction =
      new TransactionTemplate(new JdbcTransactionManager(SOURCE));
  private final ApiKeyStore store = new ApiKeyStore(JDBC);

  @BeforeAll
  static void fill() {
    Flyway.configure()
        .dataSource(DATABASE.jdbcUrl(), DATABASE.user(), DATABASE.password())
        .schemas("intake")
        .createSchemas(true)
        .load()
        .migrate();
    JDBC.sql(
            """
            INSERT INTO intake.api_key (id, tenant, name, mode, scopes, secrets, enabled, limits, restrictions,
                                        version, created_at, updated_at, created_by, revoked_with)
            SELECT 'key' || n, 'default', 'key ' || n, 'live', '["send"]', '[]', true, '[]',
                   CASE WHEN n % 1000 = 0 THEN '{"expires_at": "2019-01-01T00:00:00Z"}'
                        WHEN n % 2 = 0 THEN '{"expires_at": "2090-01-01T00:00:00Z"}' ELSE '{}' END::jsonb,
                   1, at, at, maker, maker
            FROM (SELECT n, TIMESTAMPTZ '2020-01-01' + make_interval(secs => n) AS at,
                         'key' || (n / 100 + 1) * 100 AS maker
                  FROM generate_series(100000, 299999) n) rows
            """)
        .update();
    JDBC.sql(
            """
            INSERT INTO intake.api_key_rotation
            SELECT id, 'key200' || right(id, 3) FROM intake.api_key WHERE id LIKE '%7' AND id NOT LIKE 'key200%'
            """)
        .update();
    JDBC.sql(
            """
            INSERT INTO intake.admin_log (at, actor, action, subject_id, tenant, fields)
            SELECT now() - make_interval(mins => n), 'start', 'tenant.changed', 'x', 'default', '{}'
            FROM generate_series(1, 200000) n
            """)
        .update();
    JDBC.sql("ANALYZE").update();
  }

  @Test
  void keysThatExpiredAreFoundByTheirTime() {
    assertThat(wholeReads(() -> assertThat(store.lockExpired(LONG_AGO, 100)).hasSize(100)))
        .isEmpty();
  }

  @Test
  void changesAreFoundByTheirTime() {
    Instant of = Instant.parse("2020-01-04T11:00:00Z");

    assertThat(wholeReads(() -> assertThat(store.changedSince(of)).hasSizeBetween(1, 50_000)))
        .isEmpty();
  }

  @Test
  void keysAreFoundByWhatTheyAreRevokedWith() {
    assertThat(wholeReads(() -> assertThat(store.lockRevokedWith(List.of(MAKER))).hasSize(100)))
        .isEmpty();
    assertThat(
            wholeReads(() ->
                assertThat(
                        store.pageOfMade(
                            MAKER, Optional.empty(), new Page<>(49, new Place<>(LONG_AGO, ""))))
                    .hasSize(50)))
        .isEmpty();
  }

  /** One that made a hundred, and one that rotated two hundred. */
  @Test
  void aKeyIsHandedDownByItsOwn() {
    assertThat(
            wholeReads(() -> {
              store.delete(store.find(new ApiKeyId("key200000")).orElseThrow().state());
              store.delete(store.find(new ApiKeyId("key200007")).orElseThrow().state());
            }))
        .isEmpty();
  }

  @Test
  void pagesFollowEachOther() {
    var page = new Page<>(49, new Place<>(Instant.parse("2020-01-03T00:00:00Z"), "key150000"));

    for (Optional<TenantId> tenant :
        List.of(Optional.of(TenantId.DEFAULT), Optional.<TenantId>empty())) {
      assertThat(wholeReads(() -> assertThat(store.page(tenant, page)).hasSize(50))).isEmpty();
    }
  }

  @Test
  void theLogForgetsTheOldest() {
    var log = new AdminLog(JDBC, new Outbox(JDBC));

    assertThat(
            wholeReads(() ->
                assertThat(log.forgetBefore(Instant.now().minusSeconds(86_400 * 40)))
                    .isEqualTo(500)))
        .isEmpty();
  }

  /** More keys than a statement may have parameters. */
  @Test
  void takesAsManyMakersAsThereAre() {
    List<ApiKeyId> makers =
        IntStream.range(100_000, 170_000).mapToObj(n -> new ApiKeyId("key" + n)).toList();

    transaction.executeWithoutResult(status -> {
      assertThat(store.lockRevokedWith(makers)).hasSizeGreaterThan(60_000);
      status.setRollbackOnly();
    });
  }

  /** The large tables that a statement read from end to end; what was done is taken back. */
  private List<String> wholeReads(Runnable statements) {
    return transaction.execute(status -> {
      List<String> before = scanned();
      statements.run();
      List<String> after = scanned();
      status.setRollbackOnly();
      return after.stream().filter(table -> !before.contains(table)).toList();
    });
  }

  private static List<String> scanned() {
    return JDBC.sql(
            """
            SELECT relname || ' ' || seq_scan FROM pg_stat_xact_user_tables
            WHERE schemaname = 'intake' AND seq_scan > 0
              AND relname IN ('api_key', 'api_key_rotation', 'admin_log')
            """)
        .query(String.class)
        .list();
  }
}
