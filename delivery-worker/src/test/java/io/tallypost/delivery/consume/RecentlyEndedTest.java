package io.tallypost.delivery.consume;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class RecentlyEndedTest {
  private static final int MOST = 3;

  private final RecentlyEnded ended = new RecentlyEnded(MOST);

  @Test
  void knowsARecordThatIsPolledAgain() {
    ended.add(mail(7, 1_000, "key"), true);

    assertThat(ended.hasFinished(mail(7, 1_000, "key"))).isTrue();
    assertThat(ended.hasFinished(mail(7, 1_000, "key"))).as("however often").isTrue();
    assertThat(ended.hasFinished(mail(8, 1_000, "key"))).isFalse();
  }

  @Test
  void takesNoOtherRecordAtThatPlaceForIt() {
    ended.add(mail(7, 1_000, "key"), true);

    assertThat(ended.hasFinished(mail(7, 1_001, "key"))).isFalse();
    assertThat(ended.hasFinished(mail(7, 1_000, "another"))).isFalse();
  }

  @Test
  void forgetsTheOldest() {
    for (int offset = 0; offset < MOST; offset++) {
      ended.add(mail(offset, 1_000, "key"), true);
    }
    ended.add(mail(0, 1_000, "key"), true);
    ended.add(mail(MOST, 1_000, "key"), true);

    assertThat(ended.hasFinished(mail(0, 1_000, "key"))).isTrue();
    assertThat(ended.hasFinished(mail(1, 1_000, "key"))).isFalse();
    assertThat(ended.hasFinished(mail(2, 1_000, "key"))).isTrue();
    assertThat(ended.hasFinished(mail(MOST, 1_000, "key"))).isTrue();
  }

  @Test
  void remindsARecordOfItsFailures() {
    Polled failed = mail(7, 1_000, "key");
    failed.failed(false);
    failed.failed(true);
    ended.add(failed, false);
    ended.add(mail(8, 1_000, "key"), false);

    Polled again = mail(7, 1_000, "key");
    Polled another = mail(7, 1_001, "key");
    ended.remind(again);
    ended.remind(another);

    assertThat(again.failures()).isEqualTo(2);
    assertThat(again.isMaybeSent()).isTrue();
    assertThat(another.failures()).isZero();
    assertThat(ended.hasFinished(again)).isFalse();
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
