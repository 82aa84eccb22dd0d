package io.tallypost.kit.keys;

import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.security.crypto.password.PasswordEncoder;

/**
 * The one place where bcrypt runs: on half of the cores, with a bounded queue. Waiting work is
 * served by rank: everybody's first request goes before anybody's second, so that a sender of a
 * hundred holds up only itself. If the queue is full, the last in rank is dropped. Anybody may have
 * secrets checked, only who may make keys has them hashed: each of the two has places of its own,
 * so that neither keeps the other out.
 *
 * <p>Platform threads: bcrypt computes for 80 ms without a pause, and would block a virtual
 * thread's carrier.
 */
public final class BcryptPool {
  /**
   * Of each kind. Work behind this many others takes 5 s, which is as long as anybody should wait.
   */
  private static final int MOST_WAITING_PER_THREAD = 64;

  private final PasswordEncoder bcrypt;
  private final int mostWaiting;

  /** Whoever waits longer is answered that it is too much: its client gives up about then. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  private final Duration longestWait;
  private final PriorityBlockingQueue<Runnable> waiting = new PriorityBlockingQueue<>();
  private final ThreadPoolExecutor threads;
  private final AtomicLong arrivals = new AtomicLong();
  private final ConcurrentMap<String, Integer> encoding = new ConcurrentHashMap<>();

  /** What is done with a secret. */
  private enum Kind {
    CHECK,
    HASH
  }

  /** There is no room for more. */
  public static final class FullException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FullException() {
      super("too much waits for bcrypt", null, false, false);
    }
  }

  /** One on half of the cores. */
  public BcryptPool(PasswordEncoder bcrypt) {
    this(bcrypt, Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
  }

  BcryptPool(PasswordEncoder bcrypt, int threads) {
    this(bcrypt, threads, LONGEST_WAIT);
  }

  BcryptPool(PasswordEncoder bcrypt, int threads, Duration longestWait) {
    this.longestWait = longestWait;
    this.bcrypt = bcrypt;
    this.mostWaiting = threads * MOST_WAITING_PER_THREAD;
    this.threads =
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            waiting,
            Thread.ofPlatform().daemon().name("bcrypt-", 0).factory());
  }

  /**
   * Hashes a secret, for somebody who waits for it.
   *
   * @param who the sender; one with many at once waits behind others
   * @throws FullException if there is no room
   */
  public String encode(String who, String secret) {
    int rank = encoding.merge(who, 1, Integer::sum);
    try {
      return submit(Kind.HASH, rank, () -> String.valueOf(bcrypt.encode(secret))).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof FullException full ? full : e;
    } finally {
      encoding.computeIfPresent(who, (_, number) -> number == 1 ? null : number - 1);
    }
  }

  /** Compares a secret with a hash; for tasks that were {@linkplain #submit submitted}. */
  boolean matches(String secret, String hash) {
    return bcrypt.matches(secret, hash);
  }

  /** How much waits. */
  int waiting() {
    return waiting.size();
  }

  /**
   * Runs a check with bcrypt in it.
   *
   * @param rank the number among its sender's; the lowest are served first
   * @return fails with a {@link FullException} if there is no room, now or when others come, or if
   *     it was not begun within the longest wait
   */
  <T> CompletableFuture<T> submit(int rank, Supplier<T> work) {
    return submit(Kind.CHECK, rank, work);
  }

  private <T> CompletableFuture<T> submit(Kind kind, int rank, Supplier<T> work) {
    var task = new Task<>(kind, rank, arrivals.incrementAndGet(), work);
    Task<?> refused = enqueue(task);
    if (refused != null) {
      // Without the lock: what depends on its result may take others.
      refused.result.completeExceptionally(new FullException());
    }
    if (!task.result.isDone()) {
      CompletableFuture.delayedExecutor(longestWait.toNanos(), TimeUnit.NANOSECONDS)
          .execute(() -> giveUp(task));
    }
    return task.result;
  }

  private void giveUp(Task<?> task) {
    if (waiting.remove(task)) {
      task.result.completeExceptionally(new FullException());
    }
  }

  /**
   * One at a time, or two could take the last place.
   *
   * @return the one without a place: this one, or the last in rank of its kind
   */
  private synchronized @Nullable Task<?> enqueue(Task<?> task) {
    List<Task<?>> others =
        waiting.stream()
            .<Task<?>>map(waits -> (Task<?>) waits)
            .filter(other -> other.kind() == task.kind())
            .toList();
    if (others.size() < mostWaiting) {
      threads.execute(task);
      return null;
    }
    Task<?> last = Collections.max(others, Task.ORDER);
    if (last.compareTo(task) <= 0) {
      return task;
    }
    // A thread may have started one since: then there is room.
    boolean removed = waiting.remove(last);
    threads.execute(task);
    return removed ? last : null;
  }

  private record Task<T>(
      Kind kind, int rank, long arrival, Supplier<T> work, CompletableFuture<T> result)
      implements Runnable, Comparable<Task<?>> {
    private static final Comparator<Task<?>> ORDER =
        Comparator.<Task<?>>comparingInt(Task::rank).thenComparingLong(Task::arrival);

    Task(Kind kind, int rank, long arrival, Supplier<T> work) {
      this(kind, rank, arrival, work, new CompletableFuture<>());
    }

    @Override
    public void run() {
      try {
        result.complete(work.get());
      } catch (Throwable e) {
        result.completeExceptionally(e);
      }
    }

    @Override
    public int compareTo(Task<?> other) {
      return ORDER.compare(this, other);
    }
  }
}
