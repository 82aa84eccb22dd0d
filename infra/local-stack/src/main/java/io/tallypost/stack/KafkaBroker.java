package io.tallypost.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.Uuid;

/**
 * A Kafka broker as a process of its own, from Maven's jars.
 *
 * <p>It can be killed and restarted: the data and the port stay.
 */
public final class KafkaBroker implements AutoCloseable {

  private static final Duration START_PATIENCE = Duration.ofMinutes(3);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

  /** Its JVM writes the record as it ends. */
  private static final Duration TRAINING_PATIENCE = Duration.ofMinutes(3);

  private final BrokerConfig config;
  private volatile ChildProcess process;

  private KafkaBroker(BrokerConfig config, ChildProcess process) {
    this.config = config;
    this.process = process;
  }

  /** One broker on a free port with its data in this directory, ready for use. */
  public static KafkaBroker start(Path dir) {
    return start(dir, Map.of());
  }

  /** One broker with settings of {@code server.properties} that win over ours. */
  public static KafkaBroker start(Path dir, Map<String, String> overrides) {
    return KafkaCluster.start(dir, 1, overrides).brokers().getFirst();
  }

  /** Starts the process without waiting for it. */
  static KafkaBroker launch(BrokerConfig config) {
    config.prepare();
    return new KafkaBroker(config, run(config, BrokerJars.ofThisBuild().quick()));
  }

  /**
   * Makes what later starts are quicker by, once per build, with a broker in this directory.
   * Returns false if nothing could be made.
   */
  public static boolean train(Path dir) {
    BrokerJars jars = BrokerJars.ofThisBuild();
    if (!jars.isTrained() && jars.areTrainable()) {
      try {
        Path own = Files.createTempDirectory(Files.createDirectories(dir), "broker");
        // Beside the cache: a file moves at once only within its file system.
        Path made = Files.createTempFile(jars.cache().getParent(), "broker", ".made");
        start(own, jars.recorded(made)).stop(TRAINING_PATIENCE);
        // Of two trainings at once, the work of the one that ends later stays.
        Files.move(made, jars.cache(), StandardCopyOption.ATOMIC_MOVE);
      } catch (NoSuchFileException noneMade) {
        return false;
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
    return jars.isTrained();
  }

  private static KafkaBroker start(Path dir, List<String> classes) {
    var ports = new BrokerConfig.BrokerPorts(1, FreePorts.next(), FreePorts.next());
    var config = new BrokerConfig(1, dir, Uuid.randomUuid().toString(), List.of(ports), Map.of());
    config.prepare();
    KafkaBroker broker = new KafkaBroker(config, run(config, classes));
    AtExit.close(broker);
    broker.awaitReady();
    return broker;
  }

  private static ChildProcess run(BrokerConfig config, List<String> classes) {
    List<String> command = new ArrayList<>(List.of(ChildProcess.java(), "-Xms256m", "-Xmx512m"));
    command.addAll(ChildProcess.javaOptions());
    command.addAll(
        List.of(
            "-Djava.awt.headless=true",
            "-Dlogback.configurationFile=" + KafkaBroker.class.getResource("broker-logback.xml"),
            // Not Kafka's own log4j.
            "-Dlog4j2.statusLoggerLevel=OFF"));
    command.addAll(classes);
    command.addAll(List.of("kafka.Kafka", config.propertiesFile().toAbsolutePath().toString()));
    return ChildProcess.start("kafka " + config.nodeId(), command, Map.of(), config.log());
  }

  public int nodeId() {
    return config.nodeId();
  }

  public String bootstrapServers() {
    return config.address();
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public Path log() {
    return config.log();
  }

  /** The process that runs now or ran last. */
  public ChildProcess process() {
    return process;
  }

  /** SIGKILL. */
  public void kill() {
    process.kill();
  }

  /** SIGTERM, and SIGKILL if the broker does not end. */
  public void stop() {
    stop(STOP_PATIENCE);
  }

  void stop(Duration patience) {
    if (!process.terminate(patience)) {
      process.kill();
    }
  }

  /**
   * Starts a killed or stopped broker again, on its port and its data (or none if that was
   * deleted), and waits until it is ready.
   */
  public void restart() {
    if (process.isAlive()) {
      throw new IllegalStateException("kafka " + nodeId() + " is running");
    }
    config.prepare();
    process = run(config, BrokerJars.ofThisBuild().quick());
    awaitReady();
  }

  @Override
  public void close() {
    stop();
  }

  /** Waits until the cluster's metadata lists this broker: registered and no longer fenced. */
  void awaitReady() {
    long deadline = System.nanoTime() + START_PATIENCE.toNanos();
    while (!(accepts() && isListed())) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw process.failure("was not ready within " + START_PATIENCE.toSeconds() + " s");
      }
      pause();
    }
  }

  private boolean accepts() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), config.port()), 500);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  private boolean isListed() {
    Map<String, Object> settings =
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers(),
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 4_000,
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 5_000);
    try (Admin admin = Admin.create(settings)) {
      return admin.describeCluster().nodes().get(6, TimeUnit.SECONDS).stream()
          .anyMatch(node -> node.id() == nodeId());
    } catch (ExecutionException | TimeoutException notYet) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while kafka starts", interrupted);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while kafka starts", interrupted);
    }
  }
}
