package io.tallypost.faults.kafka;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** What consumer groups have not read yet. */
public final class Lag implements AutoCloseable {
  /** Those that a mail passes through; each commits its position even when it is idle. */
  private static final Set<String> GROUPS =
      Set.of("quota-service", "delivery-worker", "delivery-worker-bulk", "delivery-retry");

  private final Admin admin;

  private Lag(Admin admin) {
    this.admin = admin;
  }

  /** Asked again and again: a client that is made each time costs more than what it asks. */
  public static Lag open(String bootstrapServers) {
    return new Lag(Kafka.admin(bootstrapServers));
  }

  /** Records that these groups have not read yet, markers of transactions included. */
  public long ofMail() {
    return of(GROUPS);
  }

  /** Records that are not in audit's log yet. */
  public long ofLog() {
    return of(Set.of("audit-service"));
  }

  private long of(Set<String> groups) {
    try {
      long lag = 0;
      for (String group : groups) {
        Map<TopicPartition, Long> read = new HashMap<>();
        admin
            .listConsumerGroupOffsets(group)
            .partitionsToOffsetAndMetadata()
            .get()
            .forEach((partition, committed) -> {
              if (committed != null) {
                read.put(partition, committed.offset());
              }
            });
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        read.keySet().forEach(partition -> ends.put(partition, OffsetSpec.latest()));
        lag +=
            admin.listOffsets(ends).all().get().values().stream()
                .mapToLong(end -> end.offset())
                .sum();
        lag -= read.values().stream().mapToLong(Long::longValue).sum();
      }
      return lag;
    } catch (ExecutionException e) {
      return Long.MAX_VALUE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
