package io.tallypost.intake.inflight;

import io.tallypost.ids.TenantId;
import io.tallypost.kit.limits.Turns;
import java.util.function.Supplier;

/**
 * Leaves database connections to operators, to the outbox and to what is done from time to time,
 * however much the admins of tenants ask for: a hold or a revocation never waits for them.
 */
public class AdminTurns {
  /** Waiting for each other's rows, a tenant's calls hold no more connections than this. */
  private static final int PER_TENANT = 2;

  /** Half of the connections. */
  private static final int TOGETHER = 4;

  private static final String ALL = "all";

  private final Turns tenants = new Turns(PER_TENANT);
  private final Turns together = new Turns(TOGETHER);

  /**
   * Runs what needs the database for an admin of a tenant, in its tenant's turn.
   *
   * @throws io.tallypost.kit.problems.ProblemException 429 if there is no turn in time
   */
  public <T> T call(TenantId tenant, Supplier<T> work) {
    try (var _ =
            tenants.await(
                tenant.value(),
                "The API keys of this tenant call the admin API as much at once as they may together.");
        var _ = together.await(ALL, "The admin API has as many calls at once as it takes.")) {
      return work.get();
    }
  }
}
