package io.tallypost.quota.consume;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Topics;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Prints the time from a request's send to its verdict at a steady rate. Not part of the build: run
 * it by name with {@code -Dit.test=SendToVerdictBench}.
 */
class SendToVerdictBench {
  private static final int PER_SECOND = 200;
  private static final int WARM_UP = 2_000;
  private static final int MEASURED = 4_000;

  @Test
  void printsTheLatency() throws Exception {
    var requests = Requests.ofNewKey(1_000_000);
    Map<String, Long> sentAt = new ConcurrentHashMap<>();
    Map<String, Long> latency = new ConcurrentHashMap<>();
    try (var quota = QuotaRig.start();
        var decisions = Topic.fromNowOn(Topics.DECISIONS);
        var producer = QuotaRig.producer()) {
      await().until(quota.listener.loop()::hasJoined);
      var reader =
          Thread.ofPlatform()
              .start(() -> {
                while (latency.size() < MEASURED) {
                  for (var record : decisions.pollOnce()) {
                    var id = new String(record.key(), UTF_8);
                    var sent = sentAt.get(id);
                    if (sent != null) {
                      latency.putIfAbsent(id, System.nanoTime() - sent);
                    }
                  }
                }
              });
      long start = System.nanoTime();
      for (int n = 0; n < WARM_UP + MEASURED; n++) {
        var record = QuotaRig.record(requests.next(1));
        LockSupport.parkNanos(start + n * 1_000_000_000L / PER_SECOND - System.nanoTime());
        if (n >= WARM_UP) {
          sentAt.put(new String(record.key(), UTF_8), System.nanoTime());
        }
        var _ = producer.send(record);
      }
      assertThat(reader.join(Duration.ofSeconds(30))).isTrue();
    }
    var sorted = latency.values().stream().mapToLong(nanos -> nanos / 1000).sorted().toArray();
    System.out.printf(
        "send -> verdict at %d/s: p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, max %.1f ms%n",
        PER_SECOND,
        sorted[MEASURED / 2] / 1000.0,
        sorted[MEASURED * 95 / 100] / 1000.0,
        sorted[MEASURED * 99 / 100] / 1000.0,
        sorted[MEASURED - 1] / 1000.0);
  }
}
