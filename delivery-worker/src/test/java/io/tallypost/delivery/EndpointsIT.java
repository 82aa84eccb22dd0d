package io.tallypost.delivery;

import io.tallypost.kit.testing.LoopContract;
import io.tallypost.stack.smtp.SmtpSink;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The worker has no API: what it answers is every service's. */
class EndpointsIT {
  private static SmtpSink sink;
  private static WorkerUnderTest worker;

  @BeforeAll
  static void start() {
    sink = SmtpSink.start();
    worker = WorkerUnderTest.start(sink);
  }

  @AfterAll
  static void stop() {
    worker.close();
    sink.close();
  }

  @Test
  void hasARuleForEveryEndpoint() {
    worker.api().assertRuled("delivery-worker", Map.of(), Map.of());
  }

  @Test
  void noLoopDiesUnnoticed() {
    LoopContract.seesEachDeath(
        worker.context(),
        "delivery-transactional",
        "delivery-bulk",
        "delivery-retry-pump",
        "relay-tests");
  }
}
