package io.tallypost.faults.outages;

import io.tallypost.faults.kafka.Kafka;
import io.tallypost.faults.scene.Greylist;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import tools.jackson.databind.JsonNode;

/** Processes that die inside a Kafka transaction, which hides later records until it is aborted. */
public final class TransactionRows {
  private static final Duration LOOK = Duration.ofMillis(300);
  private static final int MOST_TRIES = 200;

  public static final Row QUOTA =
      Row.of(
          "quota-killed-in-transaction",
          "SIGSTOP one of two quotas with a transaction open, then kill -9",
          20,
          (scene, cycles) -> kill(scene, "quota", "quota-", cycles));

  public static final Row RETRY_PUMP =
      Row.of(
              "retry-pump-killed-in-transaction",
              "SIGSTOP one of two workers with a retry's transaction open, then kill -9; one of three mails is put off",
              20,
              TransactionRows::killPump)
          .copiesOfWhatIsInFlight()
          // A mail that is put off repeatedly waits for its delays, too.
          .recovery(Duration.ofSeconds(60));

  private TransactionRows() {}

  private static void killPump(Scene scene, int cycles) throws Exception {
    scene.arena().sink().follow(new Greylist());
    kill(scene, "worker", "delivery-retry-", cycles);
    scene.arena().sink().follow(Scene.accepting());
  }

  private static void kill(Scene scene, String role, String prefix, int cycles) throws Exception {
    scene.arena().scale(role, 2);
    try (Admin admin = Kafka.admin(scene.stack().bootstrapServers())) {
      for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
        JsonNode victim = stoppedInside(scene, admin, role, prefix);
        scene.killAndRestart(victim);
      }
    }
  }

  /** Stops processes at random until one stands still with a transaction open. */
  private static JsonNode stoppedInside(Scene scene, Admin admin, String role, String prefix)
      throws ExecutionException, InterruptedException {
    for (int attempt = 0; attempt < MOST_TRIES; attempt++) {
      scene.someTime(LOOK);
      JsonNode victim = scene.any(role);
      long pid = victim.path("pid").asLong();
      Scene.signal("STOP", pid);
      Map<String, Long> open = open(admin, prefix);
      if (!open.isEmpty()) {
        scene.pause(LOOK);
        Map<String, Long> stillOpen = open(admin, prefix);
        if (open.entrySet().stream().anyMatch(stillOpen.entrySet()::contains)) {
          return victim;
        }
      }
      Scene.signal("CONT", pid);
    }
    throw new IllegalStateException("never stopped inside a transaction of " + prefix);
  }

  /** When each open transaction started, by its id. */
  private static Map<String, Long> open(Admin admin, String prefix)
      throws ExecutionException, InterruptedException {
    var listed =
        admin
            .listTransactions(
                new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING)))
            .all()
            .get();
    var ids =
        listed.stream()
            .map(listing -> listing.transactionalId())
            .filter(id -> id.startsWith(prefix))
            .toList();
    Map<String, Long> began = new HashMap<>();
    if (!ids.isEmpty()) {
      for (Map.Entry<String, TransactionDescription> each :
          admin.describeTransactions(ids).all().get().entrySet()) {
        each.getValue()
            .transactionStartTimeMs()
            .ifPresent(start -> began.put(each.getKey(), start));
      }
    }
    return began;
  }
}
