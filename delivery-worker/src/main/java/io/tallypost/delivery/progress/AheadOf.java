package io.tallypost.delivery.progress;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Marks progress that was kept while commits were refused with the commit that it continues. If the
 * group has another commit by now, somebody else has continued, or has reset the group by hand, and
 * the progress is void. Written into the metadata before the finished ranges: {@code
 * ahead-of=<offset>,<hash of the metadata>;}.
 */
final class AheadOf {
  private static final String MARK = "ahead-of=";
  private static final char END = ';';

  private AheadOf() {}

  /**
   * Progress with its mark.
   *
   * @param committed the group's commit; null if there is none
   */
  static OffsetAndMetadata mark(OffsetAndMetadata progress, @Nullable OffsetAndMetadata committed) {
    String metadata =
        committed == null ? progress.metadata() : mark(committed) + progress.metadata();
    return new OffsetAndMetadata(progress.offset(), metadata);
  }

  /** Whether this continues that commit. */
  static boolean isAhead(OffsetAndMetadata kept, OffsetAndMetadata committed) {
    return kept.metadata().startsWith(mark(committed));
  }

  /** The progress itself; unmarked progress is returned unchanged. */
  static OffsetAndMetadata strip(OffsetAndMetadata kept) {
    String metadata = kept.metadata();
    return metadata.startsWith(MARK)
        ? new OffsetAndMetadata(kept.offset(), metadata.substring(metadata.indexOf(END) + 1))
        : kept;
  }

  private static String mark(OffsetAndMetadata committed) {
    return MARK
        + committed.offset()
        + ','
        + Integer.toHexString(committed.metadata().hashCode())
        + END;
  }
}
