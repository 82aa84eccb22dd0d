package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Who did what is known for as long as it is set, and no longer. */
class AdminLogIT extends IntakeIT {
  @Autowired private JdbcClient jdbc;

  @Test
  void forgetsWhatWasDoneBeforeTheRetention() {
    String old = UUID.randomUUID().toString();
    String young = UUID.randomUUID().toString();
    long others = rows("%");
    add(young, 3, 399);
    // More than are deleted at once.
    add(old, 1200, 401);

    await().atMost(Duration.ofMinutes(1)).until(() -> rows(old) == 0);

    assertThat(rows(young)).isEqualTo(3);
    assertThat(rows("%")).isEqualTo(others + 3);
  }

  private void add(String subject, int rows, int daysAgo) {
    jdbc.sql(
            """
            INSERT INTO intake.admin_log (at, actor, action, subject_id, tenant, fields)
            SELECT now() - make_interval(days => :days), 'start', 'tenant.changed', :subject, 'default', '{}'
            FROM generate_series(1, :rows)
            """)
        .param("days", daysAgo)
        .param("subject", subject)
        .param("rows", rows)
        .update();
  }

  private long rows(String subject) {
    return jdbc.sql("SELECT count(*) FROM intake.admin_log WHERE subject_id LIKE :subject")
        .param("subject", subject)
        .query(Long.class)
        .single();
  }
}
