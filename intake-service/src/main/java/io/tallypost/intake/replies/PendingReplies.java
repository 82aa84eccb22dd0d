package io.tallypost.intake.replies;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * The requests of this process that wait for another service's reply.
 *
 * @param <Q> what names a question
 * @param <R> the reply
 */
public final class PendingReplies<Q, R> {
  private final Function<R, Q> question;
  private final ConcurrentMap<Q, CompletableFuture<R>> waiting = new ConcurrentHashMap<>();

  /**
   * Nobody waits yet.
   *
   * @param question finds out what a reply answers
   */
  public PendingReplies(Function<R, Q> question) {
    this.question = question;
  }

  /**
   * Starts to listen for one reply. To be called before the question is published: the reply may be
   * faster than the broker's ack.
   */
  public Pending expect(Q asked) {
    var reply = new CompletableFuture<R>();
    waiting.put(asked, reply);
    return new Pending(asked, reply);
  }

  /** Hands a reply to its waiter, if there is one. */
  public void complete(R reply) {
    CompletableFuture<R> pending = waiting.get(question.apply(reply));
    if (pending != null) {
      pending.complete(reply);
    }
  }

  int size() {
    return waiting.size();
  }

  /** One wait; always close it. */
  public final class Pending implements AutoCloseable {
    private final Q asked;
    private final CompletableFuture<R> reply;

    private Pending(Q asked, CompletableFuture<R> reply) {
      this.asked = asked;
      this.reply = reply;
    }

    /** Waits for the reply; empty if it does not come in this time. */
    public Optional<R> await(Duration longest) {
      try {
        return Optional.of(reply.get(longest.toNanos(), TimeUnit.NANOSECONDS));
      } catch (TimeoutException e) {
        return Optional.empty();
      } catch (InterruptedException e) {
        // The server is shutting down by force. The request is published; the answer says so.
        Thread.currentThread().interrupt();
        return Optional.empty();
      } catch (ExecutionException e) {
        throw new IllegalStateException("a reply is never completed by a failure", e);
      }
    }

    @Override
    public void close() {
      waiting.remove(asked);
    }
  }
}
