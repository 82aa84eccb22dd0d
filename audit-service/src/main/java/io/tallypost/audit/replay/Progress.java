package io.tallypost.audit.replay;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;

/**
 * How far a job is, as it is committed together with a chunk's records.
 *
 * @param position the position up to which all is done
 * @param skipped the positions of the last chunk whose letters were not sent
 */
record Progress(int position, List<Integer> skipped) {
  Progress {
    skipped = List.copyOf(skipped);
  }

  /** The offset and its metadata; a chunk is so small that the broker's 4 096 characters do. */
  OffsetAndMetadata written() {
    return new OffsetAndMetadata(
        position, skipped.stream().map(String::valueOf).collect(Collectors.joining(",")));
  }

  static Progress read(OffsetAndMetadata committed) {
    return new Progress(
        Math.toIntExact(committed.offset()),
        Arrays.stream(committed.metadata().split(","))
            .filter(position -> !position.isEmpty())
            .map(Integer::valueOf)
            .toList());
  }
}
