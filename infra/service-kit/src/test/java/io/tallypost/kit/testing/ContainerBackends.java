package io.tallypost.kit.testing;

import com.github.dockerjava.api.exception.NotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * Broker and database as containers, from images that this machine has already: nothing is pulled.
 */
final class ContainerBackends implements Backends.Source {
  private static final String KAFKA_IMAGE = "apache/kafka-native:4.2.1";
  private static final String POSTGRES_IMAGE = "postgres:18";

  private static final class Kafka {
    static final KafkaContainer BROKER =
        new KafkaContainer(KAFKA_IMAGE)
            // As the services demand of any broker: idle groups keep their offsets longer than
            // records are kept.
            .withEnv("KAFKA_OFFSETS_RETENTION_MINUTES", "144000")
            .withEnv("KAFKA_TRANSACTION_ABORT_TIMED_OUT_TRANSACTION_CLEANUP_INTERVAL_MS", "1000")
            .withEnv("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0")
            .withEnv("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false");

    static {
      BROKER.start();
    }
  }

  private static final class Postgres {
    static final PostgreSQLContainer SERVER = new PostgreSQLContainer(POSTGRES_IMAGE);

    static {
      SERVER.start();
    }
  }

  /** Whether Docker answers and has both images. */
  static boolean available() {
    // Testcontainers looks for Docker in many places and logs each; without a socket there is none.
    boolean socket =
        System.getenv("DOCKER_HOST") != null || Files.exists(Path.of("/var/run/docker.sock"));
    return socket
        && DockerClientFactory.instance().isDockerAvailable()
        && has(KAFKA_IMAGE)
        && has(POSTGRES_IMAGE);
  }

  private static boolean has(String image) {
    try {
      DockerClientFactory.lazyClient().inspectImageCmd(image).exec();
      return true;
    } catch (NotFoundException e) {
      return false;
    }
  }

  @Override
  public String kafka() {
    return Kafka.BROKER.getBootstrapServers();
  }

  @Override
  public Backends.Database database(String name) {
    var server = Postgres.SERVER;
    try (var connection =
            DriverManager.getConnection(
                server.getJdbcUrl(), server.getUsername(), server.getPassword());
        var statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new IllegalStateException("cannot create a database in the container", e);
    }
    return new Backends.Database(
        server.getJdbcUrl().replace("/" + server.getDatabaseName(), "/" + name),
        server.getUsername(),
        server.getPassword());
  }
}
