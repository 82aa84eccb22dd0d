package io.tallypost.kit.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatementNameTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SELECT a FROM audit.message WHERE id = ?                                        | select message
          SELECT u.used FROM quota.usage u JOIN unnest(?) AS key (p) ON true FOR UPDATE OF u | select usage
          INSERT INTO quota.usage SELECT p FROM unnest(?) AS new (p) ON CONFLICT (p) DO UPDATE SET p = 1 | insert usage
          UPDATE quota.usage u SET used = new.used FROM unnest(?) AS new (used)           | update usage
          DELETE FROM intake.outbox WHERE seq IN (?, ?)                                   | delete outbox
          WITH old AS (SELECT id FROM audit.a) DELETE FROM audit.b USING old              | delete b
          SELECT "relay"."id" AS "id" FROM "intake"."relay" WHERE "id" = ? FOR UPDATE OF "relay" | select relay
          UPDATE "intake"."relay" SET "name" = ? WHERE "relay"."id" = ?                   | update relay
          SELECT pg_try_advisory_xact_lock(?)                                             | other
          SET LOCAL statement_timeout = '20s'                                             | other
          """)
  void namesWhatIsDoneToWhichTable(String sql, String name) {
    assertThat(StatementName.of(sql)).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({"'SELECT a\nFROM audit.message\nWHERE id = ?'"})
  void readsOverLineEnds(String sql) {
    assertThat(StatementName.of(sql)).isEqualTo("select message");
  }
}
