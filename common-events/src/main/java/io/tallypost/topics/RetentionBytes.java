package io.tallypost.topics;

import io.tallypost.events.Topics;
import io.tallypost.settings.Concerns;
import jakarta.validation.constraints.AssertTrue;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * How large a partition of a topic may become before its oldest records are deleted, read or not,
 * though their time is not over: Kafka's {@code retention.bytes}. Each may have an eighth more
 * while its newest segment is written.
 *
 * @param requests bytes kept of each partition of {@code mail.requests.v1}, at least 16MB; none →
 *     as many as its time allows. What is deleted before quota has read it is lost
 * @param decisions the same of {@code mail.decisions.v1}
 * @param approved the same of {@code mail.approved.v1}; what is deleted before a worker has read it
 *     is never sent
 * @param approvedBulk the same of {@code mail.approved.bulk.v1}
 * @param retry the same of each {@code mail.retry.*.v1}; what is deleted is never tried again
 * @param outcomes the same of {@code mail.outcomes.v1}
 * @param deadLetter the same of {@code mail.dead-letter.v1}; the letters are in PostgreSQL too
 * @param operations the same of {@code mail.operations.v1}
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

  /** What is set for a topic. */
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
