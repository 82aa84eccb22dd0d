package io.tallypost.quota.consume;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Topics;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** A failing PostgreSQL is waited for: nothing is lost, charged twice or dead-lettered. */
class DatabaseFaultIT {

  @Test
  void waitsForPostgresAndThenGoesOn() {
    var requests = Requests.ofNewKey(100);
    var request = requests.next(2);
    try (var pool = QuotaRig.pool(QuotaRig.database().jdbcUrl());
        var letters = Topic.fromNowOn(Topics.DEAD_LETTER);
        var approved = Topic.fromNowOn(Topics.APPROVED)) {
      var source = new BreakableDataSource(pool);
      source.down.set(true);
      try (var quota = QuotaRig.start(source)) {
        await().atMost(Duration.ofSeconds(30)).until(quota.listener.loop()::hasJoined);
        QuotaRig.send(request);
        await().atMost(Duration.ofSeconds(30)).until(() -> source.refused.get() >= 3);
        assertThat(quota.listener.loop().isAlive()).isTrue();

        source.down.set(false);

        assertThat(approved.atLeast(1, request.messageId())).hasSize(1);
      }
      assertThat(letters.read(letter -> true)).isEmpty();
    }
    assertThat(QuotaRig.charged(requests)).isEqualTo(2);
  }

  @Test
  void chargesOnceWhenTheConnectionIsCutAfterCommitWasSent() {
    var requests = Requests.ofNewKey(100);
    var request = requests.next(2);
    try (var pool = QuotaRig.pool(QuotaRig.database().jdbcUrl());
        var letters = Topic.fromNowOn(Topics.DEAD_LETTER);
        var approved = Topic.fromNowOn(Topics.APPROVED)) {
      var source = new BreakableDataSource(pool);
      try (var _ = QuotaRig.start(source)) {
        source.commitsToLose.set(2);
        QuotaRig.send(request);

        assertThat(approved.atLeast(1, request.messageId())).hasSize(1);
        assertThat(source.commitsToLose).hasNonPositiveValue();
      }
      assertThat(approved.read(Topic.about(request.messageId()))).hasSize(1);
      assertThat(letters.read(letter -> true)).isEmpty();
    }
    assertThat(QuotaRig.charged(requests)).isEqualTo(2);
    assertThat(QuotaRig.approvedUnits(requests)).isEqualTo(2);
  }

  /** The real database behind a wire that can be cut. */
  private static final class BreakableDataSource extends DelegatingDataSource {
    final AtomicBoolean down = new AtomicBoolean();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger commitsToLose = new AtomicInteger();

    BreakableDataSource(DataSource target) {
      super(target);
    }

    @Override
    public Connection getConnection() throws SQLException {
      if (down.get()) {
        refused.incrementAndGet();
        throw new SQLException("connection refused", "08001");
      }
      var connection = super.getConnection();
      return (Connection)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {Connection.class},
              (proxy, method, arguments) -> {
                try {
                  Object result = method.invoke(connection, arguments);
                  if (method.getName().equals("commit") && commitsToLose.getAndDecrement() > 0) {
                    throw new SQLException("connection reset after COMMIT", "08006");
                  }
                  return result;
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }
  }
}
