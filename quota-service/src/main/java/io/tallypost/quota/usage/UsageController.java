package io.tallypost.quota.usage;

import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.limits.RequestRate;
import io.tallypost.kit.limits.Turns;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.quota.decide.QuotaLedger;
import io.tallypost.quota.decide.UsageKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Shows callers their usage. Reads, and counts nothing. */
@RestController
public class UsageController {
  private static final Logger log = LoggerFactory.getLogger(UsageController.class);

  /** Half of the connections; decisions always have the other half. */
  public static final int AT_ONCE = 3;

  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int AT_ONCE_PER_KEY = 1;
  private static final int AT_ONCE_PER_TENANT = 2;
  private static final int PER_MINUTE_AND_KEY = 6_000;

  private final RequestRate rate = new RequestRate(PER_MINUTE_AND_KEY);
  private final Turns keys = new Turns(AT_ONCE_PER_KEY);
  private final Turns tenants = new Turns(AT_ONCE_PER_TENANT);
  private final Semaphore turns = new Semaphore(AT_ONCE, true);
  private final QuotaLedger ledger;
  private final InstantSource clock;

  UsageController(QuotaLedger ledger, InstantSource clock) {
    this.ledger = ledger;
    this.clock = clock;
  }

  /**
   * A caller's usage.
   *
   * @param policies one per limit of the key and of its tenant; empty if there is none
   */
  record Usage(String apiKeyId, String tenant, String mode, List<PolicyState> policies) {}

  /**
   * The state of one policy.
   *
   * @param limit recipients per window
   * @param remaining what may still be sent before {@code resetsAt}
   */
  record PolicyState(
      QuotaPolicyName policy, long limit, long used, long remaining, Instant resetsAt) {}

  @GetMapping("/api/v1/usage")
  @PreAuthorize("hasAnyAuthority('SCOPE_read', 'SCOPE_send')")
  Usage usage(Caller caller) {
    String key = caller.apiKeyId().value();
    if (!rate.tryAcquire(key)) {
      throw rate.refusal(key, "This API key asks for its usage more often than it may.");
    }
    // In front of the turns of all, which one key or tenant does not take from the others.
    try (var _ = keys.await(key, "This API key asks for its usage already.");
        var _ =
            tenants.await(
                caller.tenant().value(),
                "The API keys of this tenant ask for their usage as much at once as they may.")) {
      return read(caller);
    }
  }

  private Usage read(Caller caller) {
    Instant now = clock.instant();
    var counters =
        caller.limits().stream()
            .collect(
                Collectors.toMap(
                    QuotaLimit::policy, limit -> counter(limit, caller, now), (a, b) -> a));
    var used = read(counters);
    var policies =
        caller.limits().stream()
            .map(limit -> state(limit, counter(limit, caller, now), used))
            .toList();
    return new Usage(
        caller.apiKeyId().value(), caller.tenant().value(), caller.mode().wireName(), policies);
  }

  private Map<UsageKey, Long> read(Map<QuotaPolicyName, UsageKey> counters) {
    if (!awaitTurn()) {
      throw unavailable();
    }
    try {
      return ledger.used(counters.values());
    } catch (DataAccessException e) {
      log.atWarn().setCause(e).log("usage cannot be read");
      throw unavailable();
    } finally {
      turns.release();
    }
  }

  private boolean awaitTurn() {
    try {
      return turns.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static ProblemException unavailable() {
    return new ProblemException(
            HttpStatus.SERVICE_UNAVAILABLE,
            "usage_unavailable",
            "The counters cannot be read at the moment; sending goes on.")
        .header(HttpHeaders.RETRY_AFTER, "5");
  }

  private static UsageKey counter(QuotaLimit limit, Caller caller, Instant now) {
    return UsageKey.of(limit.policy(), caller.apiKeyId(), caller.tenant(), caller.mode(), now);
  }

  private static PolicyState state(QuotaLimit limit, UsageKey counter, Map<UsageKey, Long> all) {
    long used = all.getOrDefault(counter, 0L);
    return new PolicyState(
        limit.policy(), limit.limit(), used, Math.max(0, limit.limit() - used), counter.resetsAt());
  }
}
