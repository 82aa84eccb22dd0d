package io.posthorn.intake.send;

import io.posthorn.events.QuotaDecided;
import io.posthorn.events.SubmissionId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The requests of this process that wait for quota's verdict. */
final class PendingVerdicts {
  private final ConcurrentMap<SubmissionId, CompletableFuture<QuotaDecided>> waiting =
      new ConcurrentHashMap<>();

  /**
   * Starts to listen for one verdict. To be called before the request is published: the verdict may
   * be faster than the broker's ack.
   */
  Pending expect(SubmissionId submissionId) {
    var verdict = new CompletableFuture<QuotaDecided>();
    waiting.put(submissionId, verdict);
    return new Pending(submissionId, verdict);
  }

  /** Hands a verdict to whoever waits for it; nobody may. */
  void complete(QuotaDecided decision) {
    CompletableFuture<QuotaDecided> verdict = waiting.get(decision.context().submissionId());
    if (verdict != null) {
      verdict.complete(decision);
    }
  }

  int size() {
    return waiting.size();
  }

  /** One wait; to be closed, come the verdict or not. */
  final class Pending implements AutoCloseable {
    private final SubmissionId submissionId;
    private final CompletableFuture<QuotaDecided> verdict;

    private Pending(SubmissionId submissionId, CompletableFuture<QuotaDecided> verdict) {
      this.submissionId = submissionId;
      this.verdict = verdict;
    }

    /** Waits for the verdict; empty if it does not come in this time. */
    Optional<QuotaDecided> await(Duration longest) {
      try {
        return Optional.of(verdict.get(longest.toNanos(), TimeUnit.NANOSECONDS));
      } catch (TimeoutException e) {
        return Optional.empty();
      } catch (InterruptedException e) {
        // The server is shutting down by force. The mail is on its way: that is what is answered.
        Thread.currentThread().interrupt();
        return Optional.empty();
      } catch (ExecutionException e) {
        throw new IllegalStateException("a verdict is never completed by a failure", e);
      }
    }

    @Override
    public void close() {
      waiting.remove(submissionId);
    }
  }
}
