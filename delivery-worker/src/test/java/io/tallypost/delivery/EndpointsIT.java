package io.tallypost.delivery;

import io.tallypost.kit.testing.LoopContract;
import io.tallypost.stack.smtp.SmtpSink;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The worker has no API: what it answers is every service's. */
class EndpointsIT {

  @Test
  void hasARuleForEveryEndpoint() throws Exception {
    try (var sink = SmtpSink.start();
        var worker = WorkerUnderTest.start(sink)) {
      worker.api().assertRuled("delivery-worker", Map.of(), Map.of());
    }
  }

  @Test
  void noLoopDiesUnnoticed() throws Exception {
    try (var sink = SmtpSink.start();
        var worker = WorkerUnderTest.start(sink)) {
      LoopContract.seesEachDeath(
          worker.context(),
          "delivery-transactional",
          "delivery-bulk",
          "delivery-retry-pump",
          "relay-tests");
    }
  }
}
