package io.tallypost.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;

/** One broker, or three that replicate to each other (replication factor 3, two in sync). */
public final class KafkaCluster implements AutoCloseable {

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(8);

  private final List<KafkaBroker> brokers;

  private KafkaCluster(List<KafkaBroker> brokers) {
    this.brokers = List.copyOf(brokers);
  }

  public static KafkaCluster start(Path dir, int size) {
    return start(dir, size, Map.of());
  }

  /**
   * Starts the brokers on free ports, with their data below this directory, and waits until all are
   * ready.
   */
  public static KafkaCluster start(Path dir, int size, Map<String, String> overrides) {
    if (size != 1 && size != 3) {
      throw new IllegalArgumentException("a cluster has 1 or 3 brokers, not " + size);
    }
    String clusterId = clusterId(dir, size);
    List<BrokerConfig.BrokerPorts> ports =
        IntStream.rangeClosed(1, size)
            .mapToObj(
                node -> new BrokerConfig.BrokerPorts(node, FreePorts.next(), FreePorts.next()))
            .toList();
    KafkaCluster cluster =
        new KafkaCluster(
            ports.stream()
                .map(node -> config(dir, clusterId, node.nodeId(), ports, overrides))
                .map(KafkaBroker::launch)
                .toList());
    AtExit.close(cluster);
    try {
      cluster.brokers().forEach(KafkaBroker::awaitReady);
      return cluster;
    } catch (RuntimeException failure) {
      cluster.close();
      throw failure;
    }
  }

  private static BrokerConfig config(
      Path dir,
      String clusterId,
      int nodeId,
      List<BrokerConfig.BrokerPorts> ports,
      Map<String, String> overrides) {
    return new BrokerConfig(nodeId, dir.resolve("broker-" + nodeId), clusterId, ports, overrides);
  }

  /** The data of one broker cannot become that of three, nor the other way round. */
  private static String clusterId(Path dir, int size) {
    Path file = dir.resolve("cluster-of-" + size);
    if (Files.exists(dir.resolve("cluster-of-" + (size == 1 ? 3 : 1)))) {
      throw new PartFailedException(
          "kafka",
          "finds data of %d broker(s) in %s: start it with that many, or remove the directory"
              .formatted(size == 1 ? 3 : 1, dir),
          "");
    }
    try {
      Files.createDirectories(dir);
      if (!Files.exists(file)) {
        Files.writeString(file, Uuid.randomUuid().toString());
      }
      return Files.readString(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  public List<KafkaBroker> brokers() {
    return brokers;
  }

  public KafkaBroker broker(int nodeId) {
    return brokers.get(nodeId - 1);
  }

  public String bootstrapServers() {
    return brokers.stream().map(KafkaBroker::bootstrapServers).collect(Collectors.joining(","));
  }

  @Override
  public void close() {
    // All at once: none can hand its partitions over, and of three, two then wait without success
    // for a
    // controller.
    brokers.parallelStream().forEach(broker -> broker.stop(CLOSE_PATIENCE));
    AtExit.forget(this);
  }
}
