package io.tallypost.delivery.consume;

import io.tallypost.delivery.Courier;
import io.tallypost.delivery.consume.Polled.Place;
import io.tallypost.delivery.smtp.SendGuard;
import io.tallypost.events.Lane;
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
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages of a lane being worked on, each on a thread of its own. It outlives the consumer: a
 * message that is under way while Kafka is lost is not begun again when it comes back.
 */
final class InFlightWindow {
  private static final Logger log = LoggerFactory.getLogger(InFlightWindow.class);
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

  /** Platform threads, on purpose: docs/decisions/0006-platform-threads-for-delivery.md. */
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("delivery-", 0).factory());

  private final Courier courier;
  private final Lane lane;
  private final Budget budget;
  private final Map<Place, Job> jobs = new ConcurrentHashMap<>();
  private final BlockingQueue<Finished> finished = new LinkedBlockingQueue<>();

  InFlightWindow(Courier courier, Lane lane, Budget budget) {
    this.courier = courier;
    this.lane = lane;
    this.budget = budget;
  }

  /**
   * A message that is no longer being worked on.
   *
   * @param done whether it needs no more work; false if it was broken off
   */
  record Finished(Polled mail, boolean done) {}

  private record Job(Polled mail, SendGuard guard) {}

  boolean hasRoom() {
    return budget.hasRoom(lane);
  }

  /** Tells whether mail is here that has not begun. */
  void waiting(boolean waiting) {
    budget.waits(lane, waiting);
  }

  int inFlight() {
    return jobs.size();
  }

  boolean contains(Place place) {
    return jobs.containsKey(place);
  }

  /**
   * Begins with a message.
   *
   * @throws IllegalStateException if the record at its place is under way already
   */
  void start(Polled mail) {
    var job = new Job(mail, new SendGuard());
    if (jobs.putIfAbsent(mail.place(), job) != null) {
      throw new IllegalStateException(mail.place() + " is under way already");
    }
    budget.begun(lane);
    threads.execute(() -> run(job));
  }

  private void run(Job job) {
    Polled mail = job.mail();
    boolean done = false;
    try {
      done = courier.deliver(mail.record(), job.guard());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("topic", mail.record().topic())
          .addKeyValue("partition", mail.record().partition())
          .addKeyValue("offset", mail.record().offset())
          .setCause(e)
          .log("attempt failed unexpectedly, trying again");
      pause();
    } finally {
      finished.add(new Finished(mail, done));
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_AFTER_FAILURE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * What has finished meanwhile; waits for the first one. Only what was taken from here has left
   * the window, so that the loop never misses an end.
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
      jobs.remove(one.mail().place());
      budget.ended(lane);
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
