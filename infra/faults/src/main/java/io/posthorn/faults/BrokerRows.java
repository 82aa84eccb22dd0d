package io.posthorn.faults;

import io.posthorn.stack.client.Client;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

/** A broker that is gone for a while. */
final class BrokerRows {
  private static final Duration DOWN = Duration.ofSeconds(20);

  /** Within this time a client is told that nothing can be accepted. */
  private static final Duration REFUSED = Duration.ofSeconds(10);

  static final Row KILLED =
      Row.of(
              "broker-killed",
              "kill -9 the only broker, down for 20 s; clients repeat what was not answered 202",
              5,
              BrokerRows::kill)
          .littleLoad()
          .copiesOfWhatIsInFlight();

  static final Row PAUSED =
      Row.of("broker-paused", "SIGSTOP the only broker for 20 s", 5, BrokerRows::standStill)
          .littleLoad()
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

  /** With a key of its own: it takes a 503 for an answer, and the mail may yet be accepted. */
  private static Client probe(Scene scene) {
    return Client.withLimit(scene.stack(), "probe", 1_000);
  }

  /** For as long as the broker is to be down. */
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
