package io.tallypost.delivery.consume;

import io.tallypost.delivery.consume.Budget.Answer;
import io.tallypost.delivery.consume.Budget.Claim;
import io.tallypost.delivery.consume.Polled.Place;
import io.tallypost.delivery.courier.Courier;
import io.tallypost.delivery.relays.RelayGroup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.mail.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages of a lane in work, each on its own thread. It outlives the consumer: a message under
 * way when Kafka is lost is not started again when it returns.
 */
final class InFlightWindow {
  private static final Logger log = LoggerFactory.getLogger(InFlightWindow.class);
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

  /**
   * So many unexpected failures end a mail, and one is enough once a relay may have it. What fails
   * in the same way for ever would keep its place and its partition's commit, and send a copy each
   * time. An outage of Kafka or of a relay is no unexpected failure.
   */
  private static final int MOST_FAILURES = 5;

  /** More at once are not written any faster. */
  private static final int PUTTING_OFF = 32;

  /**
   * How many finished messages are remembered, a few megabytes: what is finished in the seconds
   * that a lost partition takes to come back.
   */
  private static final int REMEMBERED = 16_384;

  /** Platform threads, on purpose: docs/decisions/0006-platform-threads-for-delivery.md. */
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("delivery-", 0).factory());

  private final Work work;
  private final Lane lane;
  private final Budget budget;
  private final Function<Sender, RelayGroup> relays;
  private final Map<Place, Job> jobs = new ConcurrentHashMap<>();
  private final BlockingQueue<Finished> finished = new LinkedBlockingQueue<>();
  private final RecentlyEnded remembered = new RecentlyEnded(REMEMBERED);
  private final long mostPuttingOffBytes;
  private int puttingOff;
  private long puttingOffBytes;

  /**
   * An empty one.
   *
   * @param work what is done for a message
   * @param relays whose relays a sender's mail uses
   * @param mostPuttingOffBytes the most bytes of mail being parked
   */
  InFlightWindow(
      Work work,
      Lane lane,
      Budget budget,
      Function<Sender, RelayGroup> relays,
      long mostPuttingOffBytes) {
    this.work = work;
    this.lane = lane;
    this.budget = budget;
    this.relays = relays;
    this.mostPuttingOffBytes = mostPuttingOffBytes;
  }

  /** What a {@link Courier} does for a message; each method as there. */
  interface Work {
    boolean deliver(ConsumerRecord<byte[], byte[]> record, SendGuard guard)
        throws InterruptedException;

    void putOff(ConsumerRecord<byte[], byte[]> record) throws InterruptedException;

    void giveUp(ConsumerRecord<byte[], byte[]> record, boolean maybeSent)
        throws InterruptedException;

    static Work of(Courier courier) {
      return new Work() {
        @Override
        public boolean deliver(ConsumerRecord<byte[], byte[]> record, SendGuard guard)
            throws InterruptedException {
          return courier.deliver(record, guard);
        }

        @Override
        public void putOff(ConsumerRecord<byte[], byte[]> record) throws InterruptedException {
          courier.putOff(record);
        }

        @Override
        public void giveUp(ConsumerRecord<byte[], byte[]> record, boolean maybeSent)
            throws InterruptedException {
          courier.giveUp(record, maybeSent);
        }
      };
    }
  }

  /**
   * A message that is no longer being worked on.
   *
   * @param done whether it needs no more work; false if it was broken off
   */
  record Finished(Polled mail, boolean done) {}

  /**
   * A message being worked on.
   *
   * @param claim its place; null if it is only parked and has none
   */
  private record Job(Polled mail, SendGuard guard, @Nullable Claim claim) {}

  /** Whether this lane has mail without a place. */
  void waits(boolean waits) {
    budget.waits(lane, waits);
  }

  int inFlight() {
    return jobs.size();
  }

  boolean contains(Place place) {
    return jobs.containsKey(place);
  }

  /** Whether this record was finished before, in another assignment of its partition. */
  boolean hasFinished(Polled mail) {
    return remembered.hasFinished(mail);
  }

  /** Tells a record of what failed before, in another assignment of its partition. */
  void remind(Polled mail) {
    remembered.remind(mail);
  }

  /**
   * Starts a message, if there is a place for it.
   *
   * @throws IllegalStateException if the record with that offset is under way already
   */
  Answer begin(Polled mail) {
    Sender sender = mail.sender();
    var claim = new Claim(lane, sender.tenant(), relays.apply(sender), mail.bytes());
    Answer answer = budget.begin(claim);
    if (answer == Answer.BEGIN) {
      start(new Job(mail, new SendGuard(budget::othersWait), claim));
    }
    return answer;
  }

  /**
   * Parks a message that has no place.
   *
   * @return false if so many are being parked that it has to wait
   */
  boolean putOff(Polled mail) {
    if (puttingOff >= PUTTING_OFF
        || (puttingOff > 0 && puttingOffBytes + mail.parkingBytes() > mostPuttingOffBytes)) {
      return false;
    }
    puttingOff++;
    puttingOffBytes += mail.parkingBytes();
    start(new Job(mail, new SendGuard(), null));
    return true;
  }

  private void start(Job job) {
    if (jobs.putIfAbsent(job.mail().place(), job) != null) {
      throw new IllegalStateException(job.mail().place() + " is under way already");
    }
    threads.execute(() -> run(job));
  }

  private void run(Job job) {
    Polled mail = job.mail();
    Claim claim = job.claim();
    boolean done = false;
    try {
      done = work(job);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      mail.failed(job.guard().hasPassedDot());
      log.atError()
          .addKeyValue("topic", mail.record().topic())
          .addKeyValue("partition", mail.record().partition())
          .addKeyValue("offset", mail.record().offset())
          .setCause(e)
          .log("attempt failed unexpectedly");
      pause();
    } finally {
      if (claim != null) {
        budget.ended(claim);
      }
      finished.add(new Finished(mail, done));
    }
  }

  private boolean work(Job job) throws InterruptedException {
    Polled mail = job.mail();
    if (mail.isMaybeSent() || mail.failures() >= MOST_FAILURES) {
      work.giveUp(mail.record(), mail.isMaybeSent());
      return true;
    }
    if (job.claim() == null) {
      work.putOff(mail.record());
      return true;
    }
    return work.deliver(mail.record(), job.guard());
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_AFTER_FAILURE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * What has finished since; waits for the first one. A message leaves the window only when it is
   * taken from here, so the loop never misses one.
   */
  List<Finished> takeFinished(Duration patience) {
    List<Finished> taken = new ArrayList<>();
    try {
      Finished first = finished.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
      if (first != null) {
        taken.add(first);
        finished.drainTo(taken);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Finished one : taken) {
      remembered.add(one.mail(), one.done());
      Job job = jobs.remove(one.mail().place());
      if (job != null && job.claim() == null) {
        puttingOff--;
        puttingOffBytes -= one.mail().parkingBytes();
      }
    }
    return taken;
  }

  long inFlight(Collection<TopicPartition> partitions) {
    return jobs.keySet().stream().filter(place -> partitions.contains(place.partition())).count();
  }

  /** Ends the sends of these partitions that have not reached DATA. */
  void breakOff(Collection<TopicPartition> partitions) {
    guards(partitions).forEach(SendGuard::breakOff);
  }

  /** Ends the sends of these partitions wherever they are. */
  void abandon(Collection<TopicPartition> partitions) {
    guards(partitions).forEach(SendGuard::abandon);
  }

  private List<SendGuard> guards(Collection<TopicPartition> partitions) {
    return jobs.entrySet().stream()
        .filter(job -> partitions.contains(job.getKey().partition()))
        .map(job -> job.getValue().guard())
        .toList();
  }

  /** The partitions that have something in flight. */
  List<TopicPartition> partitions() {
    return jobs.keySet().stream().map(Place::partition).distinct().toList();
  }
}
