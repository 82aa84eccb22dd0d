package io.tallypost.intake.rounds;

import io.tallypost.intake.IntakeSettings;
import io.tallypost.intake.outbox.Database;
import io.tallypost.intake.outbox.OutboxLoops;
import io.tallypost.kit.database.SchemaStarts;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.testing.LoopFaults;
import io.tallypost.kit.testing.LoopFaults.Fault;
import io.tallypost.kit.testing.Trouble;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.AbstractDataSource;

/** What fails is the first that they do; they get as far as that. */
final class DatabaseLoops implements LoopFaults.Rows {

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.of(
        LoopFaults.Row.ofDatabase("DatabaseRounds", DatabaseLoops::rounds),
        // A statement of a migration that PostgreSQL refuses is for an operator to mend.
        new LoopFaults.Row(
            "DatabaseStartup",
            Set.of(Fault.DATABASE_AWAY, Fault.UNEXPECTED, Fault.INTERRUPTED),
            DatabaseLoops::startup));
  }

  @SuppressWarnings("NullAway")
  static Looping rounds(Trouble trouble) {
    var database = new Database();
    database.migrated();
    var settings =
        new Binder(new MapConfigurationPropertySource())
            .bindOrCreate("tallypost.intake", IntakeSettings.class);
    var reread = OutboxLoops.reread(JdbcClient.create(trouble.dataSource()));
    return new DatabaseRounds(database, reread, null, null, null, settings, InstantSource.system());
  }

  @SuppressWarnings("NullAway")
  private static Looping startup(Trouble trouble) {
    var connecting =
        new AbstractDataSource() {
          @Override
          public Connection getConnection() throws SQLException {
            trouble.database();
            throw new IllegalStateException("it has no trouble");
          }

          @Override
          public Connection getConnection(String user, String password) throws SQLException {
            return getConnection();
          }
        };
    var flyway = Flyway.configure().dataSource(connecting).load();
    return new DatabaseStartup(
        SchemaStarts.migrating(), flyway, new Database(), null, List.of(), InstantSource.system());
  }
}
