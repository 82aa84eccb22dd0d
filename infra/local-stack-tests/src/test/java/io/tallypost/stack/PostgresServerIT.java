package io.tallypost.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresServerIT {

  @TempDir Path dir;

  @Test
  void comesBackOnItsPortWithItsDataAfterKillMinusNine() throws Exception {
    try (PostgresServer server = PostgresServer.start(dir)) {
      server.createDatabase("tallypost");
      server.createDatabase("tallypost");
      execute(server, "CREATE TABLE letters AS SELECT 'käpt' AS body");
      long pid = server.pid();

      server.kill();
      assertThat(server.isAlive()).isFalse();
      server.restart();

      assertThat(server.pid()).isNotEqualTo(pid);
      assertThat(query(server, "SELECT body FROM letters")).isEqualTo("käpt");
    }
  }

  @Test
  void keepsItsDataWhenAnotherProcessStartsItLater() throws Exception {
    try (PostgresServer server = PostgresServer.start(dir)) {
      server.createDatabase("tallypost");
      execute(server, "CREATE TABLE letters AS SELECT 'kept' AS body");
    }

    try (PostgresServer server =
        PostgresServer.start(dir, FreePorts.next(), Map.of("fsync", "on"))) {
      assertThat(query(server, "SELECT body FROM letters")).isEqualTo("kept");
      assertThat(query(server, "SHOW fsync")).isEqualTo("on");
      assertThat(query(server, "SHOW server_version")).startsWith("18");
      assertThat(query(server, "SHOW max_connections")).isEqualTo("200");
    }
  }

  private static void execute(PostgresServer server, String sql) throws SQLException {
    try (Connection connection = connect(server);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String query(PostgresServer server, String sql) throws SQLException {
    try (Connection connection = connect(server);
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static Connection connect(PostgresServer server) throws SQLException {
    return DriverManager.getConnection(
        server.jdbcUrl("tallypost"), server.user(), server.password());
  }
}
