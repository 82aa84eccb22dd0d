package io.tallypost.kit.kafka;

import io.tallypost.events.Topics;
import io.tallypost.kit.settings.Concerns;
import jakarta.validation.constraints.AssertTrue;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * The size of a topic's partition at which Kafka deletes its oldest records, read or not, before
 * their time is over: Kafka's {@code retention.bytes}. Each may have an eighth more while its
 * newest segment is written.
 *
 * @param requests bytes kept per partition of {@code mail.requests.v1}, at least 16MB; none →
 *     limited by time only. Records deleted before quota reads them are lost
 * @param decisions the same for {@code mail.decisions.v1}
 * @param approved the same for {@code mail.approved.v1}; mail deleted before a worker reads it is
 *     never sent
 * @param approvedBulk the same for {@code mail.approved.bulk.v1}
 * @param retry the same for each {@code mail.retry.*.v1}; deleted mail is never retried
 * @param outcomes the same for {@code mail.outcomes.v1}
 * @param deadLetter the same for {@code mail.dead-letter.v1}; PostgreSQL has the letters too
 * @param operations the same for {@code mail.operations.v1}
 */
record RetentionBytes(
    @Nullable DataSize requests,
    @Nullable DataSize decisions,
    @Nullable DataSize approved,
    @Nullable DataSize approvedBulk,
    @Nullable DataSize retry,
    @Nullable DataSize outcomes,
    @Nullable DataSize deadLetter,
    @Nullable DataSize operations) {
  static final DataSize LEAST = DataSize.ofMegabytes(16);

  /** No topic keeps so little that a burst of mail would push it out. */
  @Concerns({
    "requests",
    "decisions",
    "approved",
    "approvedBulk",
    "retry",
    "outcomes",
    "deadLetter",
    "operations"
  })
  @AssertTrue(message = "must be at least 16MB")
  public boolean isEnough() {
    return Stream.of(
            requests, decisions, approved, approvedBulk, retry, outcomes, deadLetter, operations)
        .filter(Objects::nonNull)
        .allMatch(size -> size.compareTo(LEAST) >= 0);
  }

  /** The setting for a topic. */
  Optional<DataSize> of(String topic) {
    return Optional.ofNullable(
        switch (topic) {
          case Topics.REQUESTS -> requests;
          case Topics.DECISIONS -> decisions;
          case Topics.APPROVED -> approved;
          case Topics.APPROVED_BULK -> approvedBulk;
          case Topics.OUTCOMES -> outcomes;
          case Topics.DEAD_LETTER -> deadLetter;
          case Topics.OPERATIONS -> operations;
          default -> Topics.isRetry(topic) ? retry : null;
        });
  }
}
