package io.tallypost.delivery.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Where a worker goes on, by what its group has and by what was kept beside it. */
class KeptOffsetsTest {
  private static final TopicPartition ONE = new TopicPartition("mail.approved.v1", 0);
  private static final TopicPartition OTHER = new TopicPartition("mail.approved.v1", 1);
  private static final OffsetAndMetadata COMMITTED = new OffsetAndMetadata(10, "1:BB");
  private static final OffsetAndMetadata FURTHER = new OffsetAndMetadata(15, "2:CC");

  @Test
  void goesOnFromTheGroupsCommit() {
    assertThat(KeptOffsets.goOn(Map.of(ONE, COMMITTED), Map.of())).containsOnly(at(ONE, COMMITTED));
  }

  @Test
  void goesOnFromWhatWasKeptWhereTheGroupHasNothing() {
    assertThat(KeptOffsets.goOn(Map.of(), Map.of(ONE, COMMITTED))).containsOnly(at(ONE, COMMITTED));
    assertThat(KeptOffsets.goOn(Map.of(), Map.of(ONE, AheadOf.mark(FURTHER, COMMITTED))))
        .as("without the mark")
        .containsOnly(at(ONE, FURTHER));
  }

  @Test
  void goesOnFromWhatWasFinishedAfterTheVeryCommitThatTheGroupHas() {
    var kept = Map.of(ONE, AheadOf.mark(FURTHER, COMMITTED));

    assertThat(KeptOffsets.goOn(Map.of(ONE, COMMITTED), kept)).containsOnly(at(ONE, FURTHER));
  }

  @Test
  void takesNoProgressAfterACommitThatTheGroupHasNoLonger() {
    var kept = Map.of(ONE, AheadOf.mark(FURTHER, COMMITTED));
    var reset = new OffsetAndMetadata(0, "");
    var goneOn = new OffsetAndMetadata(12, "1:BB");
    var sameOffset = new OffsetAndMetadata(10, "1:CC");

    assertThat(KeptOffsets.goOn(Map.of(ONE, reset), kept)).containsOnly(at(ONE, reset));
    assertThat(KeptOffsets.goOn(Map.of(ONE, goneOn), kept)).containsOnly(at(ONE, goneOn));
    assertThat(KeptOffsets.goOn(Map.of(ONE, sameOffset), kept)).containsOnly(at(ONE, sameOffset));
  }

  @Test
  void takesNoSecondCopyForFurtherThanItSays() {
    assertThat(KeptOffsets.goOn(Map.of(ONE, COMMITTED), Map.of(ONE, FURTHER)))
        .as("kept without a mark, whatever its offset")
        .containsOnly(at(ONE, COMMITTED));
    var afterNothing = AheadOf.mark(FURTHER, null);
    assertThat(KeptOffsets.goOn(Map.of(ONE, COMMITTED), Map.of(ONE, afterNothing)))
        .containsOnly(at(ONE, COMMITTED));
  }

  @Test
  void decidesForEachPartitionByItself() {
    var kept = Map.of(ONE, AheadOf.mark(FURTHER, COMMITTED), OTHER, COMMITTED);

    assertThat(KeptOffsets.goOn(Map.of(ONE, COMMITTED), kept))
        .containsOnly(at(ONE, FURTHER), at(OTHER, COMMITTED));
  }

  private static Map.Entry<TopicPartition, OffsetAndMetadata> at(
      TopicPartition partition, OffsetAndMetadata offset) {
    return Map.entry(partition, offset);
  }
}
