package io.tallypost.delivery.relays;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MailIntervalTest {
  private static final int CONNECTIONS = 20;

  private final MailInterval interval = new MailInterval(Duration.ofMillis(10));
  private long now;

  @Test
  void isWhatTheRelayTakesForAMailAndNotWhatTheMailWaits() {
    // 20 connections with 1 s for a mail each, and every mail waits 12 s for one of them.
    busy(30, Duration.ofSeconds(1), Duration.ofSeconds(13));

    assertThat(interval.get()).isBetween(Duration.ofMillis(25), Duration.ofMillis(100));
  }

  @Test
  void forgetsSoonThatTheRelayWasSlow() {
    busy(30, Duration.ofSeconds(10), Duration.ofSeconds(60));
    assertThat(interval.get()).isGreaterThan(Duration.ofMillis(250));

    for (int i = 0; i < 10; i++) {
      now += Duration.ofSeconds(1).toNanos();
      interval.ended(now, Duration.ofMillis(20).toNanos(), CONNECTIONS, false);
    }

    assertThat(interval.get()).isLessThan(Duration.ofMillis(2));
  }

  @Test
  void learnsNothingFromTimesInWhichThereWasNothingToSend() {
    for (int i = 0; i < 50; i++) {
      now += Duration.ofMinutes(1).toNanos();
      interval.ended(now, Duration.ofMillis(300).toNanos(), CONNECTIONS, false);
    }

    assertThat(interval.get())
        .as("what the first one took")
        .isEqualTo(Duration.ofMillis(300 / CONNECTIONS));
  }

  @Test
  void learnsNothingFromTheTimeAfterAllThatWaitedHaveLeft() {
    busy(1, Duration.ofMillis(300), Duration.ofMillis(300));
    Duration before = interval.get();

    interval.nobodyWaits();
    now += Duration.ofHours(1).toNanos();
    interval.ended(now, Duration.ofMillis(300).toNanos(), CONNECTIONS, false);

    assertThat(interval.get()).isEqualTo(before);
  }

  /** The last of a burst may have seemed to have others behind it. */
  @Test
  void isNoLongerThanWhatAMailTook() {
    busy(1, Duration.ofMillis(200), Duration.ofMillis(200));

    now += Duration.ofMinutes(10).toNanos();
    interval.ended(now, Duration.ofMillis(200).toNanos(), 1, true);

    assertThat(interval.get()).isLessThanOrEqualTo(Duration.ofMillis(200));
  }

  /** Else all that comes before more sends have ended is put off for no time at all. */
  @Test
  void beginsWithWhatTheFirstMailTook() {
    interval.ended(now, Duration.ofSeconds(5).toNanos(), 4, true);

    assertThat(interval.get()).isEqualTo(Duration.ofMillis(1250));
  }

  /** Rounds in which as many sends end together as there are connections, and more wait. */
  private void busy(int rounds, Duration send, Duration withWait) {
    for (int round = 0; round < rounds; round++) {
      now += send.toNanos();
      for (int i = 0; i < CONNECTIONS; i++) {
        interval.ended(now, withWait.toNanos(), CONNECTIONS, true);
      }
    }
  }
}
