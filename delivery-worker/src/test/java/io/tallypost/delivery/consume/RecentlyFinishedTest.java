package io.tallypost.delivery.consume;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class RecentlyFinishedTest {
  private static final int MOST = 3;

  private final RecentlyFinished finished = new RecentlyFinished(MOST);

  @Test
  void knowsARecordThatIsPolledAgain() {
    finished.add(mail(7, 1_000, "key"));

    assertThat(finished.contains(mail(7, 1_000, "key"))).isTrue();
    assertThat(finished.contains(mail(7, 1_000, "key"))).as("however often").isTrue();
    assertThat(finished.contains(mail(8, 1_000, "key"))).isFalse();
  }

  @Test
  void takesNoOtherRecordAtThatPlaceForIt() {
    finished.add(mail(7, 1_000, "key"));

    assertThat(finished.contains(mail(7, 1_001, "key"))).isFalse();
    assertThat(finished.contains(mail(7, 1_000, "another"))).isFalse();
  }

  @Test
  void forgetsTheOldest() {
    for (int offset = 0; offset < MOST; offset++) {
      finished.add(mail(offset, 1_000, "key"));
    }
    finished.add(mail(0, 1_000, "key"));
    finished.add(mail(MOST, 1_000, "key"));

    assertThat(finished.contains(mail(0, 1_000, "key"))).isTrue();
    assertThat(finished.contains(mail(1, 1_000, "key"))).isFalse();
    assertThat(finished.contains(mail(2, 1_000, "key"))).isTrue();
    assertThat(finished.contains(mail(MOST, 1_000, "key"))).isTrue();
  }

  private static Polled mail(long offset, long timestamp, String key) {
    return new Polled(
        new ConsumerRecord<>(
            "mail.approved.v1",
            0,
            offset,
            timestamp,
            TimestampType.CREATE_TIME,
            0,
            0,
            key.getBytes(UTF_8),
            "{}".getBytes(UTF_8),
            new RecordHeaders(),
            Optional.empty()),
        0);
  }
}
