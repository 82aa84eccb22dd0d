package io.tallypost.faults.outages;

import io.tallypost.faults.kafka.Kafka;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;

/** Groups that have lost their offsets. */
public final class OffsetRows {
  public static final Row QUOTA =
      Row.of(
          "quota-offsets-gone",
          "quota stopped while idle, its group deleted, started again",
          3,
          (scene, cycles) -> forget(scene, "quota", List.of("quota-service"), cycles));

  public static final Row WORKER =
      Row.of(
          "worker-offsets-gone",
          "the worker stopped while idle, its groups deleted, started again",
          3,
          (scene, cycles) ->
              forget(
                  scene,
                  "worker",
                  List.of("delivery-worker", "delivery-worker-bulk", "delivery-retry"),
                  cycles));

  private OffsetRows() {}

  private static void forget(Scene scene, String role, List<String> groups, int cycles)
      throws Exception {
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      scene.awaitDelivered(50);
      scene.load().pause(true);
      scene.awaitRead();
      scene.arena().scale(role, 0);
      delete(scene.stack().bootstrapServers(), groups);
      scene.arena().scale(role, 1);
      scene.load().pause(false);
    }
    scene.awaitDelivered(50);
  }

  private static void delete(String bootstrapServers, List<String> groups)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Kafka.admin(bootstrapServers)) {
      admin.deleteConsumerGroups(groups).all().get();
    }
  }
}
