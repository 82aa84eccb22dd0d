package io.tallypost.delivery.consume;

import io.tallypost.delivery.consume.Budget.Answer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/**
 * What a lane has polled and not started: a queue for each sender, who take turns. Pure: no Kafka,
 * no clock, one thread.
 *
 * <p>It is bounded, and nothing is polled while it is full. So that one sender's mail does not keep
 * others' from being polled, the surplus of a queue that stands still is parked.
 */
final class Backlog {
  /** Mail that has been here for longer was waiting, not just polled. */
  static final Duration PATIENCE = Duration.ofMillis(500);

  /**
   * A sender that has started so many waiting mails {@link #LATELY} makes progress: 16 a second.
   */
  private static final int STEADY = 32;

  private static final Duration LATELY = Duration.ofSeconds(2);

  /** How long a sender is expected to have more mail. */
  private static final Duration MEMORY = Duration.ofMinutes(10);

  private final int mostMails;
  private final long mostBytes;
  private final BooleanSupplier others;
  private final Map<Sender, Queue> queues = new LinkedHashMap<>();
  private final RecentSenders senders = new RecentSenders(MEMORY);
  private int mails;
  private long bytes;

  /**
   * An empty one.
   *
   * @param mostMails how many mails it holds
   * @param mostBytes how many bytes they may take together
   * @param others whether there are others whose mail may come at any time
   */
  Backlog(int mostMails, long mostBytes, BooleanSupplier others) {
    this.mostMails = mostMails;
    this.mostBytes = mostBytes;
    this.others = others;
  }

  private static final class Queue {
    private final Deque<Polled> mails = new ArrayDeque<>();

    /** When the last mails started that had waited. */
    private final Deque<Long> begun = new ArrayDeque<>();

    private long bytes;

    boolean standsStill(long nowNanos) {
      return begun.size() < STEADY || nowNanos - begun.getFirst() > LATELY.toNanos();
    }

    boolean waits(long nowNanos) {
      return !mails.isEmpty() && hasWaited(mails.getFirst(), nowNanos);
    }

    void noteBegin(Polled mail, long nowNanos) {
      // A burst into free places says nothing about the speed afterwards.
      if (hasWaited(mail, nowNanos)) {
        if (begun.size() == STEADY) {
          begun.removeFirst();
        }
        begun.addLast(nowNanos);
      }
    }

    private static boolean hasWaited(Polled mail, long nowNanos) {
      return mail.ageNanos(nowNanos) > PATIENCE.toNanos();
    }
  }

  boolean isEmpty() {
    return mails == 0;
  }

  int size() {
    return mails;
  }

  void add(Polled mail, long nowNanos) {
    senders.seen(mail.sender(), nowNanos);
    queue(mail).addLast(mail);
  }

  /** Takes a started mail back that has not been sent. */
  void putBack(Polled mail) {
    queue(mail).addFirst(mail);
  }

  private Deque<Polled> queue(Polled mail) {
    Queue queue = queues.computeIfAbsent(mail.sender(), _ -> new Queue());
    queue.bytes += mail.waitingBytes();
    bytes += mail.waitingBytes();
    mails++;
    return queue.mails;
  }

  /**
   * Starts the next mail that has a place; senders take turns.
   *
   * @param start is asked for each sender's first mail, and starts it if there is a place
   * @return {@code BEGIN} if one was started; else {@code FULL} if one waits for any other to end
   */
  Answer begin(Function<Polled, Answer> start, long nowNanos) {
    Answer none = Answer.SHARE_USED;
    for (var turn : queues.entrySet()) {
      Queue queue = turn.getValue();
      if (!queue.mails.isEmpty()) {
        switch (start.apply(queue.mails.getFirst())) {
          case BEGIN -> {
            queue.noteBegin(take(queue, queue.mails.removeFirst()), nowNanos);
            // Its next turn comes after everybody else's.
            queues.remove(turn.getKey());
            queues.put(turn.getKey(), queue);
            return Answer.BEGIN;
          }
          // A smaller one may have a place nevertheless.
          case FULL -> none = Answer.FULL;
          case SHARE_USED -> {}
        }
      }
    }
    return none;
  }

  private Polled take(Queue queue, Polled mail) {
    queue.bytes -= mail.waitingBytes();
    bytes -= mail.waitingBytes();
    mails--;
    return mail;
  }

  /** Whether no more may be polled before some of it has started or was parked. */
  boolean isFull() {
    return mails >= mostMails || isHeavy() || queues.values().stream().anyMatch(this::isTooLong);
  }

  /** Whether its mails have all the bytes that there are for them. */
  boolean isHeavy() {
    return bytes >= mostBytes;
  }

  /** No queue is longer than a part of the whole, nor than what the others leave. */
  private boolean isTooLong(Queue queue) {
    return queue.mails.size() > 1
        && (queue.mails.size() > Math.min(mostMails / 8, mostMails - mails)
            || queue.bytes > Math.min(mostBytes / 2, mostBytes - bytes));
  }

  /**
   * Takes out mail to park, so that others' mail can be polled. From queues that are too long:
   * their surplus, the last first, if they stand still, or if they wait and others may have mail.
   * If everything is full: whatever waits.
   */
  List<Polled> surplus(long nowNanos) {
    List<Polled> surplus = new ArrayList<>();
    boolean othersMayCome = others.getAsBoolean();
    queues.forEach((sender, queue) -> {
      boolean mustGo =
          queue.waits(nowNanos)
              && (othersMayCome
                  || queue.standsStill(nowNanos)
                  || senders.hasOthersThan(sender, nowNanos));
      while (mustGo && isTooLong(queue)) {
        surplus.add(take(queue, queue.mails.removeLast()));
      }
    });
    if (mails >= mostMails || bytes >= mostBytes) {
      for (Queue queue : queues.values()) {
        while (queue.waits(nowNanos)) {
          surplus.add(take(queue, queue.mails.removeFirst()));
        }
      }
    }
    queues.values().removeIf(queue -> queue.mails.isEmpty());
    return surplus;
  }

  /** Forgets what belongs to these partitions. */
  void remove(Collection<TopicPartition> partitions) {
    for (Queue queue : queues.values()) {
      queue.mails.removeIf(mail -> {
        boolean goes = partitions.contains(mail.partition());
        if (goes) {
          take(queue, mail);
        }
        return goes;
      });
    }
  }

  void clear() {
    queues.clear();
    mails = 0;
    bytes = 0;
  }
}
