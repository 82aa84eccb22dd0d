package io.tallypost.quota.decide;

import java.util.Map;
import java.util.UUID;

/**
 * How far the approvals of each partition are known to be committed.
 *
 * @param next the first offset that is not; absent means that none is
 */
public record ApprovalProgress(Map<Partition, Long> next) {

  /** A partition of one incarnation of the topic. */
  public record Partition(UUID topicId, int number) {

    static Partition of(Source source) {
      return new Partition(source.topicId(), source.partition());
    }
  }

  public ApprovalProgress {
    next = Map.copyOf(next);
  }

  /** Whether everything about this record is published. */
  public boolean covers(Source source) {
    return source.offset() < next.getOrDefault(Partition.of(source), 0L);
  }
}
