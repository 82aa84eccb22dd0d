package io.posthorn.faults;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/** Groups that have forgotten how far they were. */
final class OffsetRows {
  static final Row GONE =
      Row.of(
          "group-offsets-gone",
          "quota and the workers stopped while idle, their groups deleted, started again",
          3,
          OffsetRows::forget);

  private OffsetRows() {}

  private static void forget(Scene scene, int cycles) throws Exception {
    for (int cycle = 0; cycle < cycles; cycle++) {
      scene.awaitDelivered(50);
      scene.load().pause(true);
      scene.awaitRead();
      scene.arena().scale("quota", 0);
      scene.arena().scale("worker", 0);
      delete(scene.stack().bootstrapServers(), List.of("quota-service", "delivery-worker"));
      scene.arena().scale("quota", 1);
      scene.arena().scale("worker", 1);
      scene.load().pause(false);
    }
    scene.awaitDelivered(50);
  }

  private static void delete(String bootstrapServers, List<String> groups)
      throws ExecutionException, InterruptedException {
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
      admin.deleteConsumerGroups(groups).all().get();
    }
  }
}
