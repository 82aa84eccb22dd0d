package io.posthorn.intake.send;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/**
 * What intake counts. Each is at zero before the first mail.
 *
 * <ul>
 *   <li>{@code posthorn_messages_accepted_total}: mails answered 202, replays included.
 *   <li>{@code posthorn_accept_seconds}: from the controller's call to its answer, of those.
 *   <li>{@code posthorn_verdict_late_total}: mails answered {@code queued} although their sender
 *       waited; quota is slow or gone when it rises.
 *   <li>{@code posthorn_requests_unacknowledged_total}: mails answered 503 because the broker did
 *       not acknowledge them.
 *   <li>{@code posthorn_verdicts_unreadable_total}: records for this process that are no verdict.
 * </ul>
 */
final class SendMetrics {
  private final Counter accepted;
  private final Timer acceptance;
  private final Counter late;
  private final Counter unacknowledged;
  private final Counter unreadable;

  SendMetrics(MeterRegistry registry) {
    this.accepted = registry.counter("posthorn.messages.accepted");
    this.acceptance =
        Timer.builder("posthorn.accept")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(2))
            .maximumExpectedValue(Duration.ofSeconds(10))
            .register(registry);
    this.late = registry.counter("posthorn.verdict.late");
    this.unacknowledged = registry.counter("posthorn.requests.unacknowledged");
    this.unreadable = registry.counter("posthorn.verdicts.unreadable");
  }

  void accepted(Duration took) {
    accepted.increment();
    acceptance.record(took);
  }

  void late() {
    late.increment();
  }

  void unacknowledged() {
    unacknowledged.increment();
  }

  void unreadable() {
    unreadable.increment();
  }
}
