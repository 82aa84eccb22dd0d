package io.tallypost.audit.status;

import io.tallypost.audit.AuditServiceApplication;
import io.tallypost.audit.deadletter.LetterFilter;
import io.tallypost.audit.deadletter.Letters;
import io.tallypost.audit.store.ConnectionPools;
import io.tallypost.audit.store.ConnectionPools.Duty;
import io.tallypost.audit.unaccounted.UnaccountedMessages;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Shows operators the state of the whole system, even while parts do not answer. */
@RestController
class StatusController {
  private static final Logger log = LoggerFactory.getLogger(StatusController.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final ConsumerGroups groups;
  private final UnaccountedMessages unaccounted;
  private final Letters letters;
  private final RelayActivities relays;
  private final InstantSource clock;

  StatusController(
      ConsumerGroups groups,
      UnaccountedMessages unaccounted,
      Letters letters,
      RelayActivities relays,
      InstantSource clock) {
    this.groups = groups;
    this.unaccounted = unaccounted;
    this.letters = letters;
    this.relays = relays;
    this.clock = clock;
  }

  private record Waiting(long unaccounted, Letters.Counts letters) {}

  @GetMapping("/api/v1/admin/status")
  @PreAuthorize("hasAuthority('SCOPE_operator')")
  SystemStatus status() {
    var readers = asked(groups::all);
    var waiting =
        asked(() -> new Waiting(unaccounted.count(null), letters.waiting(LetterFilter.all())));
    var fared = asked(() -> relays.until(clock.instant()));
    var startedAt = Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime());
    var known = readers.join();
    var counts = waiting.join();
    return new SystemStatus(
        AuditServiceApplication.class.getPackage().getImplementationVersion(),
        startedAt,
        Duration.between(startedAt, clock.instant()).toSeconds(),
        state(known),
        state(counts),
        known.orElse(null),
        counts.map(Waiting::unaccounted).orElse(null),
        counts.map(count -> count.letters().byCategory()).orElse(null),
        fared.join().orElse(null));
  }

  private static <T> CompletableFuture<Optional<T>> asked(Supplier<T> question) {
    return CompletableFuture.supplyAsync(
            () -> {
              try (var _ = ConnectionPools.use(Duty.READS)) {
                return Optional.of(question.get());
              }
            },
            task -> Thread.startVirtualThread(task))
        .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(failure -> {
          log.atWarn().setCause(failure).log("a part does not answer for the status");
          return Optional.empty();
        });
  }

  private static SystemStatus.State state(Optional<?> answer) {
    return answer.isPresent() ? SystemStatus.State.UP : SystemStatus.State.DOWN;
  }
}
