package io.tallypost.stack;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * One node of a KRaft cluster in which every node is broker and controller: its files and its
 * settings.
 */
record BrokerConfig(
    int nodeId,
    Path dir,
    String clusterId,
    List<BrokerPorts> cluster,
    Map<String, String> overrides) {

  private static final String HOST = "127.0.0.1";

  /** Records of 8 MiB must pass, with room for the batch around them. */
  private static final int MAX_BATCH_BYTES = 9 * 1024 * 1024;

  /**
   * Longer than the 90 days that the longest-kept topic is kept: offsets must outlive the records.
   */
  private static final int OFFSETS_RETENTION_MINUTES = 100 * 24 * 60;

  /** The ports of one node; the nodes are numbered from 1. */
  record BrokerPorts(int nodeId, int broker, int controller) {}

  String address() {
    return HOST + ":" + ports().broker();
  }

  int port() {
    return ports().broker();
  }

  Path log() {
    return dir.resolve("broker.log");
  }

  Path propertiesFile() {
    return dir.resolve("server.properties");
  }

  private BrokerPorts ports() {
    return cluster.get(nodeId - 1);
  }

  /** Writes server.properties and, where no data is yet, formats the storage. */
  void prepare() {
    try {
      Files.createDirectories(dir);
      Files.writeString(
          propertiesFile(),
          properties().entrySet().stream()
              .map(setting -> setting.getKey() + "=" + setting.getValue())
              .collect(Collectors.joining("\n", "", "\n")));
      new Formatter()
          .setPrintStream(new PrintStream(OutputStream.nullOutputStream()))
          .setNodeId(nodeId)
          .setClusterId(clusterId)
          .setControllerListenerName("CONTROLLER")
          .setReleaseVersion(MetadataVersion.latestProduction())
          .setIgnoreFormatted(true)
          .addDirectory(dataDir())
          .setMetadataLogDirectory(dataDir())
          .run();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (Exception failure) {
      throw new PartFailedException(
          "kafka " + nodeId, "cannot format " + dir + ": " + failure.getMessage(), "", failure);
    }
  }

  private String dataDir() {
    return dir.toAbsolutePath().resolve("data").toString();
  }

  Map<String, String> properties() {
    String replicas = cluster.size() == 1 ? "1" : "3";
    String inSync = cluster.size() == 1 ? "1" : "2";
    Map<String, String> settings = new TreeMap<>();
    settings.put("process.roles", "broker,controller");
    settings.put("node.id", Integer.toString(nodeId));
    settings.put(
        "controller.quorum.voters",
        cluster.stream()
            .map(node -> node.nodeId() + "@" + HOST + ":" + node.controller())
            .collect(Collectors.joining(",")));
    settings.put(
        "listeners",
        "BROKER://" + address() + ",CONTROLLER://" + HOST + ":" + ports().controller());
    settings.put("advertised.listeners", "BROKER://" + address());
    settings.put("listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT");
    settings.put("inter.broker.listener.name", "BROKER");
    settings.put("controller.listener.names", "CONTROLLER");
    settings.put("log.dirs", dataDir());
    settings.put("auto.create.topics.enable", "false");
    settings.put("default.replication.factor", replicas);
    settings.put("min.insync.replicas", inSync);
    settings.put("offsets.topic.replication.factor", replicas);
    settings.put("offsets.topic.num.partitions", "6");
    settings.put("offsets.retention.minutes", Integer.toString(OFFSETS_RETENTION_MINUTES));
    settings.put("transaction.state.log.replication.factor", replicas);
    settings.put("transaction.state.log.min.isr", inSync);
    settings.put("transaction.state.log.num.partitions", "6");
    settings.put("share.coordinator.state.topic.replication.factor", replicas);
    settings.put("share.coordinator.state.topic.min.isr", inSync);
    // A killed producer hides everybody's later records until its transaction is aborted.
    settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
    settings.put("group.initial.rebalance.delay.ms", "0");
    // A dead broker's partitions get another leader well before 15 s are over; the default is 9 s.
    settings.put("broker.session.timeout.ms", "6000");
    settings.put("broker.heartbeat.interval.ms", "1000");
    settings.put("message.max.bytes", Integer.toString(MAX_BATCH_BYTES));
    settings.put("replica.fetch.max.bytes", Integer.toString(MAX_BATCH_BYTES));
    settings.put("replica.fetch.response.max.bytes", Integer.toString(2 * MAX_BATCH_BYTES));
    settings.putAll(overrides);
    return settings;
  }
}
