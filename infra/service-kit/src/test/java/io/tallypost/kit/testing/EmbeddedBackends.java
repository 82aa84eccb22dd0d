package io.tallypost.kit.testing;

import io.tallypost.stack.KafkaBroker;
import io.tallypost.stack.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Broker and database as processes from Maven's jars. */
final class EmbeddedBackends implements Backends.Source {

  private static final class Kafka {
    static final KafkaBroker BROKER = KafkaBroker.start(directory("kafka"));
  }

  private static final class Postgres {
    static final PostgresServer SERVER = PostgresServer.start(directory("postgres"));
  }

  @Override
  public String kafka() {
    return Kafka.BROKER.bootstrapServers();
  }

  @Override
  public Backends.Database database(String name) {
    Postgres.SERVER.createDatabase(name);
    return new Backends.Database(
        Postgres.SERVER.jdbcUrl(name), Postgres.SERVER.user(), Postgres.SERVER.password());
  }

  private static Path directory(String part) {
    try {
      return Files.createTempDirectory(Files.createDirectories(Path.of("target")), part)
          .toAbsolutePath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
