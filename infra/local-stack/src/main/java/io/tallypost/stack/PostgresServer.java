package io.tallypost.stack;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A PostgreSQL server as a process of its own, from binaries on the class path.
 *
 * <p>It can be killed and restarted: the data and the port stay.
 */
public final class PostgresServer implements AutoCloseable {

  private static final String USER = "postgres";

  /** Every local user may connect: the server listens on the loopback interface only. */
  private static final String PASSWORD = "postgres";

  private static final Duration START_PATIENCE = Duration.ofSeconds(60);

  private final Path dir;
  private final int port;
  private final Map<String, String> settings;
  private volatile EmbeddedPostgres server;

  private PostgresServer(Path dir, int port, Map<String, String> settings) throws IOException {
    this.dir = dir;
    this.port = port;
    this.settings = settings;
    this.server = run();
  }

  /** A server on a free port with its data in this directory, ready for use. */
  public static PostgresServer start(Path dir) {
    return start(dir, FreePorts.next(), Map.of());
  }

  /**
   * A server on this port, with settings of {@code postgresql.conf} that win over ours; {@code
   * fsync} is off by default, because tests outlive no power loss.
   */
  public static PostgresServer start(Path dir, int port, Map<String, String> settings) {
    // If the JVM ends in the middle of the start, the server must be closed once it is there.
    CompletableFuture<PostgresServer> started = new CompletableFuture<>();
    AutoCloseable whenStarted = () -> started.join().close();
    AtExit.close(whenStarted);
    try {
      Files.createDirectories(dir);
      PostgresServer server = new PostgresServer(dir, port, settings);
      AtExit.close(server);
      started.complete(server);
      return server;
    } catch (IOException | RuntimeException failure) {
      started.completeExceptionally(failure);
      String tail = ChildProcess.tail(dir.resolve("postgres.log"));
      throw new PartFailedException(
          "postgres", "did not start: " + failure.getMessage(), tail, failure);
    } finally {
      AtExit.forget(whenStarted);
    }
  }

  private EmbeddedPostgres run() throws IOException {
    ProcessBuilder.Redirect log = ProcessBuilder.Redirect.appendTo(log().toFile());
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setDataDirectory(dir.resolve("data"))
            .setCleanDataDirectory(false)
            .setRegisterShutdownHook(false)
            .setPort(port)
            .setPGStartupWait(START_PATIENCE)
            .setOutputRedirector(log)
            .setErrorRedirector(log)
            // The same order of text on every machine, whatever its locale.
            .setLocaleConfig("locale-provider", "builtin")
            .setLocaleConfig("builtin-locale", "C.UTF-8")
            .setLocaleConfig("locale", "C")
            .setServerConfig("listen_addresses", "127.0.0.1")
            .setServerConfig("unix_socket_directories", "''")
            .setServerConfig("max_connections", "200")
            // The library's default is off, and a killed server then forgets what it has committed.
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("timezone", "UTC");
    settings.forEach(builder::setServerConfig);
    return builder.start();
  }

  public String jdbcUrl(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, database);
  }

  public String user() {
    return USER;
  }

  public String password() {
    return PASSWORD;
  }

  public int port() {
    return port;
  }

  public Path log() {
    return dir.resolve("postgres.log");
  }

  /** The postmaster's process id, from the file that it writes. */
  public long pid() {
    try (var lines = Files.lines(dir.resolve("data").resolve("postmaster.pid"))) {
      return Long.parseLong(lines.findFirst().orElseThrow().strip());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The postmaster's process id unless the server is down. */
  public OptionalLong livingPid() {
    return isAlive() ? OptionalLong.of(pid()) : OptionalLong.empty();
  }

  /** Makes the database unless it is there. */
  public void createDatabase(String name) {
    if (!name.matches("[a-z_][a-z0-9_]*")) {
      throw new IllegalArgumentException("not a plain database name: " + name);
    }
    try (Connection connection = DriverManager.getConnection(jdbcUrl("postgres"), USER, PASSWORD);
        var statement = connection.createStatement()) {
      boolean exists;
      try (var found =
          statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + name + "'")) {
        exists = found.next();
      }
      if (!exists) {
        statement.execute("CREATE DATABASE " + name);
      }
    } catch (SQLException failure) {
      throw new IllegalStateException("cannot create database " + name, failure);
    }
  }

  /** A role for each service and one for the schemas' owner, by {@code roles.sql}. */
  public void createRoles(String database) {
    try (var script = PostgresServer.class.getResourceAsStream("roles.sql");
        Connection connection = DriverManager.getConnection(jdbcUrl(database), USER, PASSWORD);
        var statement = connection.createStatement()) {
      statement.execute(
          new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException | SQLException failure) {
      throw new IllegalStateException("cannot create the roles of " + database, failure);
    }
  }

  public boolean isAlive() {
    return !FreePorts.isFree(port);
  }

  /** SIGKILL to the postmaster: its children end by themselves, as after a crash. */
  public void kill() {
    ProcessHandle postmaster = ProcessHandle.of(pid()).orElseThrow();
    postmaster.destroyForcibly();
    postmaster.onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** Ends the server in order (it closes open sessions). */
  public void stop() {
    try {
      server.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Starts a killed or stopped server again, on its data and its port. */
  public void restart() {
    if (isAlive()) {
      throw new IllegalStateException("postgres is running");
    }
    try {
      // Frees the lock that the killed server's handle still holds.
      server.close();
      server = run();
    } catch (IOException failure) {
      throw new PartFailedException(
          "postgres", "did not start: " + failure.getMessage(), ChildProcess.tail(log()), failure);
    }
  }

  @Override
  public void close() {
    if (isAlive()) {
      stop();
    }
    AtExit.forget(this);
  }
}
