package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Relays that are changed while they are being changed. The port that is usual without security is
 * not allowed.
 */
class RelayRacesIT extends SetOtherwiseIT {
  private static final String RELAYS = "/api/v1/admin/relays";

  @Autowired private DataSource dataSource;
  @Autowired private JdbcClient jdbc;

  private final Executor threads = Thread::startVirtualThread;

  /** Without security, null as the port means 25. */
  @Test
  void refusesThePortThatARelayWouldHaveAsItIsNow() throws SQLException {
    String path = relay("");

    var late =
        whileItBecomes(
            """
            jsonb_set(state, '{security}', '"none"')
            """,
            path,
            "{'port': null}");

    assertThat(late.status()).isEqualTo(422);
    assertThat(late.pointers()).containsExactly("/port");
    assertThat(operator.get(path).body().path("port").asInt()).isEqualTo(587);
  }

  @Test
  void refusesHalfALoginWhereTheOtherHalfIsGoneNow() throws SQLException {
    String path = relay(", 'user': 'acme', 'password': 'correct-horse'");

    var late = whileItBecomes("state - 'user' - 'password'", path, "{'user': 'other'}");

    assertThat(late.status()).isEqualTo(422);
    assertThat(late.pointers()).containsExactly("/password");
    assertThat(operator.get(path).body().path("has_password").asBoolean(true)).isFalse();
  }

  private String relay(String fields) {
    var created =
        operator.call(
            "POST",
            RELAYS,
            "{'name': '%s', 'host': '192.0.2.25'%s}"
                .formatted(UUID.randomUUID(), fields)
                .replace('\'', '"'));
    assertThat(created.status()).isEqualTo(201);
    return RELAYS + "/" + created.text("id");
  }

  /** What a change is answered that came as its relay's state was becoming this. */
  private Client.Answer whileItBecomes(String state, String path, String body) throws SQLException {
    CompletableFuture<Client.Answer> late;
    try (var connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.executeUpdate(
          "UPDATE intake.relay SET state = jsonb_set(%s, '{version}', '2') WHERE id = '%s'"
              .formatted(state, path.substring(path.lastIndexOf('/') + 1)));
      late =
          CompletableFuture.supplyAsync(
              () -> operator.call("PATCH", path, body.replace('\'', '"')), threads);
      await().until(this::somebodyWaitsForARelay);
      connection.commit();
    }
    return late.join();
  }

  private boolean somebodyWaitsForARelay() {
    return jdbc.sql(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%relay%FOR UPDATE%'
                """)
            .query(Long.class)
            .single()
        > 0;
  }
}
