package io.tallypost.delivery.retry;

import static io.tallypost.events.Examples.NOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.RecordHeaders;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class NotYetDueTest {
  private static final TopicPartition ONE = new TopicPartition("mail.retry.30s.v1", 0);
  private static final TopicPartition OTHER = new TopicPartition("mail.retry.30s.v1", 1);
  private static final int SIZE = 100;

  private final NotYetDue records = new NotYetDue(5 * SIZE);

  @Test
  void givesBackWhatIsDueInItsOrderUpToTheFirstThatIsNot() {
    var first = keep(ONE, 1, NOON.plusSeconds(1));
    var late = keep(ONE, 2, NOON.plusSeconds(9));
    var behind = keep(ONE, 3, NOON.plusSeconds(2));
    var elsewhere = keep(OTHER, 1, NOON.plusSeconds(1));

    assertThat(records.takeDue(ONE, NOON)).isEmpty();
    assertThat(records.takeDue(ONE, NOON.plusSeconds(5))).containsExactly(first);
    assertThat(records.first(ONE)).isEqualTo(late);
    assertThat(records.takeDue(ONE, NOON.plusSeconds(9))).containsExactly(late, behind);
    assertThat(records.first(ONE)).isNull();
    assertThat(records.takeDue(OTHER, NOON.plusSeconds(1))).containsExactly(elsewhere);
  }

  @Test
  void keepsNoMoreThanItMayAndHasRoomAgainWhenRecordsHaveGone() {
    for (int i = 0; i < 5; i++) {
      keep(ONE, i, NOON.plusSeconds(i));
    }
    assertThat(records.keep(OTHER, record(OTHER, 0, NOON))).isFalse();

    assertThat(records.takeDue(ONE, NOON)).hasSize(1);
    assertThat(records.keep(OTHER, record(OTHER, 0, NOON))).isTrue();

    records.forget(List.of(ONE));
    assertThat(records.first(ONE)).isNull();
    for (int i = 1; i < 5; i++) {
      keep(OTHER, i, NOON);
    }
  }

  @Test
  void endsAStayWhenItsTopicsDelayAndTheJitterAreOver() {
    assertThat(NotYetDue.dueAt(record(ONE, 0, NOON.plusSeconds(33))))
        .isEqualTo(NOON.plusSeconds(33));
    assertThat(NotYetDue.dueAt(record(ONE, 0, NOON.plusSeconds(34))))
        .isEqualTo(NOON.plusSeconds(33));
    assertThat(NotYetDue.dueAt(record(ONE, 0, Instant.parse("9999-12-31T00:00:00Z"))))
        .isEqualTo(NOON.plusSeconds(33));
  }

  @Test
  void takesARecordWithoutATimeForDue() {
    var record =
        new ConsumerRecord<>(ONE.topic(), ONE.partition(), 0, "key".getBytes(UTF_8), new byte[1]);

    assertThat(NotYetDue.dueAt(record)).isBefore(NOON);
  }

  private ConsumerRecord<byte[], byte[]> keep(TopicPartition partition, long offset, Instant due) {
    var record = record(partition, offset, due);
    assertThat(records.keep(partition, record)).isTrue();
    return record;
  }

  private static ConsumerRecord<byte[], byte[]> record(
      TopicPartition partition, long offset, Instant due) {
    return new ConsumerRecord<>(
        partition.topic(),
        partition.partition(),
        offset,
        NOON.toEpochMilli(),
        TimestampType.CREATE_TIME,
        3,
        SIZE,
        "key".getBytes(UTF_8),
        new byte[SIZE],
        RecordHeaders.empty().set(RecordHeaders.DUE_AT, due).toKafka(),
        Optional.empty());
  }
}
