package io.tallypost.faults.outages;

import io.tallypost.faults.kafka.Replicas;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.stack.client.Client;
import io.tallypost.stack.client.StackProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/** Brokers that are gone for a while, or for good. */
public final class BrokerRows {
  private static final Duration DOWN = Duration.ofSeconds(20);

  /** Within this time a client is told that nothing can be accepted. */
  private static final Duration REFUSED = Duration.ofSeconds(10);

  public static final Row KILLED =
      Row.of(
              "broker-killed",
              "kill -9 the only broker, down for 20 s; clients repeat what was not answered 202",
              5,
              BrokerRows::kill)
          .littleLoad()
          .copiesOfWhatIsInFlight();

  public static final Row PAUSED =
      Row.of("broker-paused", "SIGSTOP the only broker for 20 s", 5, BrokerRows::standStill)
          .littleLoad()
          .copiesOfWhatIsInFlight();

  public static final Row LOST =
      Row.of(
              "broker-lost",
              "kill -9 one of three brokers and delete its data; it comes back empty",
              6,
              BrokerRows::lose)
          .threeBrokers()
          .copiesOfWhatIsInFlight();

  private BrokerRows() {}

  private static void kill(Scene scene, int cycles) {
    Client probe = probe(scene);
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      scene.stack().control("kill", "kafka");
      refuses(scene, probe);
      scene.stack().control("start", "kafka");
      scene.fault();
      scene.awaitDelivered(20);
    }
    slowest(scene);
  }

  private static void standStill(Scene scene, int cycles) {
    Client probe = probe(scene);
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      long pid = scene.stack().description().path("kafka").path("pids").path(0).asLong();
      Scene.signal("STOP", pid);
      refuses(scene, probe);
      Scene.signal("CONT", pid);
      scene.fault();
      scene.awaitDelivered(20);
    }
    slowest(scene);
  }

  private static void lose(Scene scene, int cycles) throws IOException {
    StackProcess stack = scene.stack();
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      String number = Integer.toString(1 + cycle % 3);
      scene.fault();
      stack.control("kill", "kafka", number);
      delete(stack.directory().resolve("kafka/broker-" + number + "/data"));
      scene.awaitDelivered(100);
      stack.control("start", "kafka", number);
      scene.await("all replicas are in sync", () -> Replicas.inSync(stack.bootstrapServers()));
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** With its own key: it takes a 503 for an answer, and the mail may be accepted nevertheless. */
  private static Client probe(Scene scene) {
    return Client.withLimit(scene.stack(), "probe", 1_000);
  }

  /** How long the broker stays down. */
  private static void refuses(Scene scene, Client probe) {
    long end = System.nanoTime() + DOWN.toNanos();
    Client.Answer answer =
        probe.post(
            "/api/v1/send",
            Map.of("to", "bob@example.org", "subject", "probe", "text", "Is anybody there?"),
            "Idempotency-Key",
            UUID.randomUUID().toString());
    scene.expect(answer.status() == 503, "answered %d without a broker".formatted(answer.status()));
    scene.expect(answer.headers().firstValue("Retry-After").isPresent(), "503 without Retry-After");
    scene.pause(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
  }

  private static void slowest(Scene scene) {
    Duration slowest = scene.load().slowestRefusal();
    scene.note(
        "%d tries answered 503, the slowest after %.1f s"
            .formatted(scene.load().answers(503), slowest.toMillis() / 1000.0));
    scene.expect(slowest.compareTo(REFUSED) <= 0, "a 503 took longer than 10 s");
  }
}
