package io.tallypost.delivery.consume;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.delivery.consume.Budget.Answer;
import io.tallypost.delivery.consume.InFlightWindow.Finished;
import io.tallypost.delivery.relays.RelayGroup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.mail.Lane;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What may be begun, what may be put off, and when a message has left the window. */
class InFlightWindowTest {
  private static final TopicPartition ONE = new TopicPartition("mail.approved.v1", 0);
  private static final TopicPartition OTHER = new TopicPartition("mail.approved.v1", 1);
  private static final Duration LONG = Duration.ofSeconds(30);

  /** What the smallest mail takes. */
  private static final long SMALL = new Polled(record(ONE, 0, 0), 0).bytes();

  private static final int PLACES = 4;

  private final Gate gate = new Gate();
  private final Budget budget =
      new Budget(new Budget.Limits(PLACES, 1L << 30, 100, 100, 100), () -> 0);
  private final InFlightWindow window =
      new InFlightWindow(
          gate, Lane.TRANSACTIONAL, budget, _ -> new RelayGroup("acme", 1), 10 * SMALL);

  /** Work that lasts until it is let go, and keeps the guards that it was given. */
  private static final class Gate implements InFlightWindow.Work {
    final Map<Long, SendGuard> guards = new ConcurrentHashMap<>();
    final CountDownLatch open = new CountDownLatch(1);
    final Semaphore begun = new Semaphore(0);
    volatile boolean done = true;

    void awaitBegun(int messages) throws InterruptedException {
      begun.acquire(messages);
    }

    List<Long> brokenOff() {
      return guards.entrySet().stream()
          .filter(guard -> guard.getValue().isBrokenOff())
          .map(Map.Entry::getKey)
          .toList();
    }

    @Override
    public boolean deliver(ConsumerRecord<byte[], byte[]> record, SendGuard guard)
        throws InterruptedException {
      guards.put(record.offset(), guard);
      begun.release();
      open.await();
      return done;
    }

    @Override
    public void putOff(ConsumerRecord<byte[], byte[]> record) throws InterruptedException {
      open.await();
    }

    @Override
    public void giveUp(ConsumerRecord<byte[], byte[]> record, boolean maybeSent) {
      throw new IllegalStateException("nothing failed");
    }
  }

  @AfterEach
  void letGo() {
    gate.open.countDown();
  }

  @Test
  void beginsWhileTheBudgetHasPlacesAndAgainWhenOneIsFree() {
    for (int offset = 0; offset < PLACES; offset++) {
      assertThat(window.begin(mail(ONE, offset))).isEqualTo(Answer.BEGIN);
    }
    assertThat(window.begin(mail(ONE, PLACES))).isNotEqualTo(Answer.BEGIN);
    assertThat(window.inFlight()).isEqualTo(PLACES);
    assertThat(window.contains(mail(ONE, PLACES).place())).isFalse();

    gate.open.countDown();
    assertThat(takeAll(window, PLACES)).hasSize(PLACES).allMatch(Finished::done);

    assertThat(window.inFlight()).isZero();
    assertThat(budget.inFlight()).isZero();
    assertThat(window.begin(mail(ONE, PLACES))).isEqualTo(Answer.BEGIN);
  }

  @Test
  void holdsAMessageUntilItsEndIsTaken() {
    Polled mail = mail(ONE, 7);
    window.begin(mail);
    gate.open.countDown();

    assertThat(window.inFlight(List.of(ONE))).isOne();
    assertThat(window.contains(mail.place())).isTrue();
    assertThat(takeAll(window, 1)).containsExactly(new Finished(mail, true));
    assertThat(window.contains(mail.place())).isFalse();
    assertThat(window.takeFinished(Duration.ZERO)).isEmpty();
  }

  @Test
  void knowsWhatWasFinishedAndNotWhatWasBrokenOff() {
    window.begin(mail(ONE, 7));
    gate.open.countDown();
    takeAll(window, 1);
    gate.done = false;
    window.begin(mail(ONE, 8));
    takeAll(window, 1);

    assertThat(window.hasFinished(mail(ONE, 7))).isTrue();
    assertThat(window.hasFinished(mail(ONE, 8))).isFalse();
    assertThat(window.hasFinished(mail(OTHER, 7))).isFalse();
  }

  @Test
  void beginsNoRecordTwice() {
    window.begin(mail(ONE, 7));

    assertThatThrownBy(() -> window.begin(mail(ONE, 7)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("under way");
  }

  @Test
  void tellsWhatWasBrokenOff() {
    gate.done = false;
    Polled mail = mail(ONE, 7);
    window.begin(mail);
    gate.open.countDown();

    assertThat(takeAll(window, 1)).containsExactly(new Finished(mail, false));
  }

  @Test
  void putsOffOnlySoManyAtOnceAndMoreWhenSomeAreDone() {
    var small =
        new InFlightWindow(
            gate, Lane.TRANSACTIONAL, budget, _ -> new RelayGroup("acme", 1), 1L << 30);
    for (int offset = 0; offset < 32; offset++) {
      assertThat(small.putOff(mail(ONE, offset))).isTrue();
    }
    assertThat(small.putOff(mail(ONE, 32))).isFalse();
    assertThat(small.contains(mail(ONE, 32).place())).isFalse();
    assertThat(budget.inFlight()).as("none of them has a place").isZero();

    gate.open.countDown();
    assertThat(takeAll(small, 32)).allMatch(Finished::done);

    assertThat(small.putOff(mail(ONE, 32))).isTrue();
  }

  @Test
  void putsOffNoMoreBytesThanItMayButAnyMailAlone() {
    assertThat(window.putOff(large(ONE, 0, 1000))).as("alone, whatever its size").isTrue();
    assertThat(window.putOff(mail(ONE, 1))).isFalse();
    gate.open.countDown();
    takeAll(window, 1);

    assertThat(window.putOff(mail(ONE, 1))).isTrue();
    for (int offset = 2; offset <= 10; offset++) {
      assertThat(window.putOff(mail(ONE, offset))).isTrue();
    }
    assertThat(window.putOff(mail(ONE, 11))).as("11 mails of a tenth each").isFalse();
  }

  /** What it takes to send it, five times its size, is not needed to park it. */
  @Test
  void countsWhatItTakesToReadAndCopyAMailThatItPutsOff() {
    assertThat(window.putOff(large(ONE, 0, 2))).isTrue();
    assertThat(window.putOff(large(ONE, 1, 1))).as("5 of 10, and 3").isTrue();
    assertThat(window.putOff(large(ONE, 2, 1))).as("8 of 10, and 3").isFalse();
  }

  @Test
  void breaksOffTheSendsOfThePartitionsThatAreNamed() throws InterruptedException {
    window.begin(mail(ONE, 1));
    window.begin(mail(ONE, 2));
    window.begin(mail(OTHER, 3));
    assertThat(window.partitions()).containsExactlyInAnyOrder(ONE, OTHER);
    assertThat(window.inFlight(List.of(ONE))).isEqualTo(2);
    gate.awaitBegun(3);

    window.breakOff(List.of(ONE));

    assertThat(gate.brokenOff()).containsExactlyInAnyOrder(1L, 2L);
    window.abandon(List.of(OTHER));
    assertThat(gate.brokenOff()).containsExactlyInAnyOrder(1L, 2L, 3L);
  }

  @Test
  void tellsASendWhenOtherMailWaitsForItsPlace() throws Exception {
    window.begin(mail(ONE, 7));
    gate.awaitBegun(1);
    SendGuard guard = Objects.requireNonNull(gate.guards.get(7L));
    guard.watch(new Socket());
    guard.total(Duration.ofHours(1), Duration.ofMillis(1));
    guard.step(Duration.ofHours(1));
    await().during(Duration.ofMillis(300)).until(() -> !guard.hasStalled());

    window.waits(true);

    await().until(guard::hasStalled);
    guard.release();
  }

  private static List<Finished> takeAll(InFlightWindow window, int messages) {
    List<Finished> taken = new ArrayList<>();
    while (taken.size() < messages) {
      List<Finished> some = window.takeFinished(LONG);
      assertThat(some).as("in time").isNotEmpty();
      taken.addAll(some);
    }
    return taken;
  }

  private static Polled mail(TopicPartition partition, long offset) {
    return new Polled(record(partition, offset, 0), 0);
  }

  private static Polled large(TopicPartition partition, long offset, int factor) {
    return new Polled(record(partition, offset, (int) (factor * SMALL)), 0);
  }

  private static ConsumerRecord<byte[], byte[]> record(
      TopicPartition partition, long offset, int size) {
    byte[] key = Long.toString(offset).getBytes(UTF_8);
    return new ConsumerRecord<>(
        partition.topic(), partition.partition(), offset, key, new byte[size]);
  }
}
