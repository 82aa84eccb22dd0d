package io.tallypost.delivery.progress;

import java.util.TreeSet;

/**
 * How far one partition is done, when its records finish in any order. Pure: no Kafka, no clock,
 * one thread.
 *
 * <p>Only polled offsets count, because offsets have gaps: a transaction's marker takes one, and so
 * does every aborted record. Everything below the first open record is committed; finished records
 * beyond it are in the commit's metadata, so that the partition's next owner skips them.
 */
public final class PartitionProgress {
  /**
   * From here on the partition is crowded: the rest of the metadata is for records in flight, each
   * of which may add a range.
   */
  private static final int CROWDED = OffsetRanges.LONGEST_METADATA * 3 / 4;

  private final TreeSet<Long> open = new TreeSet<>();
  private final OffsetRanges finished;
  private long next;

  /**
   * Starts where the predecessor has committed.
   *
   * @param committed the committed offset; 0 if there is none
   * @param metadata the commit's metadata
   */
  public PartitionProgress(long committed, String metadata) {
    this.next = committed;
    this.finished = OffsetRanges.decode(committed, metadata);
  }

  /**
   * Takes note of a polled record.
   *
   * @return whether it needs work; false if it is finished or open already
   */
  public boolean polled(long offset) {
    if (beginsAnewAt(offset)) {
      next = offset;
      finished.clear();
      open.clear();
    }
    next = Math.max(next, offset + 1);
    return !finished.contains(offset) && open.add(offset);
  }

  /**
   * Whether the group was reset by hand, or the topic created again: earlier progress is void.
   * Nothing else makes a consumer go back.
   */
  public boolean beginsAnewAt(long offset) {
    return offset < next;
  }

  /** Takes note of a record that needs no more work. */
  public void finished(long offset) {
    if (open.remove(offset)) {
      finished.add(offset);
    }
  }

  /**
   * What to commit now.
   *
   * @param position the consumer's own position, beyond markers that no poll returns
   */
  public Commit commit(long position) {
    long offset = open.isEmpty() ? Math.max(next, position) : open.first();
    finished.removeBelow(offset);
    // Offsets between finished records may be no records: they join the ranges around them, so that
    // there are never more ranges than open records and the predecessor's ranges.
    finished.joinExcept(open, next);
    return new Commit(offset, finished.encode(offset));
  }

  /**
   * What is committed for one partition.
   *
   * @param offset everything below it is finished
   * @param metadata what is finished beyond it
   */
  public record Commit(long offset, String metadata) {
    /** Whether no more may be started before the first open record is finished. */
    public boolean isCrowded() {
      return metadata.length() > CROWDED;
    }
  }
}
