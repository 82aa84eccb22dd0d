package io.tallypost.audit.reads;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.reads.ReadMetrics.Reason;
import io.tallypost.audit.store.ConnectionPools;
import io.tallypost.audit.store.ConnectionPools.Duty;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.limits.RequestRate;
import io.tallypost.kit.limits.Turns;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Refusals;
import org.springframework.stereotype.Component;

/**
 * Gives each key and each tenant its share of the reads. A read that finds its share taken waits a
 * moment, so that a page that asks for ten things at once gets them.
 */
@Component
public class ReadTurns {
  private final RequestRate rate;
  private final Turns keys;
  private final Turns tenants;
  private final ReadMetrics metrics;

  ReadTurns(AuditSettings settings, ReadMetrics metrics) {
    this.rate = new RequestRate(settings.readsPerMinute());
    this.keys = new Turns(settings.readsPerKey());
    this.tenants = new Turns(settings.readsPerTenant());
    this.metrics = metrics;
  }

  /** The time for which a caller reads; the thread uses the reads' connections until it ends. */
  public interface Turn extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Waits a moment for a turn.
   *
   * @return the turn, which must be closed by this thread
   * @throws ProblemException 429 if the caller reads too often, or too much at once
   */
  public Turn take(Caller caller) {
    String key = caller.apiKeyId().value();
    String tenant = caller.tenant().value();
    if (!rate.tryAcquire(key)) {
      throw refused(Reason.RATE, rate.refusal(key, "This API key reads more than it may."));
    }
    take(keys, key, Reason.KEY, "This API key reads as much at once as it may.");
    boolean taken = false;
    try {
      take(
          tenants,
          tenant,
          Reason.TENANT,
          "The API keys of this tenant read as much at once as they may together.");
      taken = true;
    } finally {
      if (!taken) {
        keys.giveBack(key);
      }
    }
    ConnectionPools.Scope connections = ConnectionPools.use(Duty.READS);
    return () -> {
      connections.close();
      tenants.giveBack(tenant);
      keys.giveBack(key);
    };
  }

  private void take(Turns turns, String name, Reason reason, String detail) {
    try {
      if (!turns.take(name, Turns.PATIENCE)) {
        throw refused(reason, Turns.busy(detail));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusals.unavailable("The service is stopping; try again.");
    }
  }

  private ProblemException refused(Reason reason, ProblemException problem) {
    metrics.refused(reason);
    return problem;
  }
}
