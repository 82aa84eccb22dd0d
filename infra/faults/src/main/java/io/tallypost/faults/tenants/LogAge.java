package io.tallypost.faults.tenants;

import static java.util.Locale.ROOT;

import io.tallypost.faults.kafka.Lag;
import io.tallypost.faults.scene.Request;
import io.tallypost.faults.scene.Scene;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Looks every second how far audit's log is behind the mail of the tenant that nobody troubles. */
final class LogAge {
  private static final long BETWEEN_LOOKS_MILLIS = 1_000;

  /**
   * The most that was seen.
   *
   * @param age how long ago a mail was asked for whose end was not in the log
   * @param records how many records the log had before it
   */
  record Most(Duration age, long records) {
    static final Most NONE = new Most(Duration.ZERO, 0);

    Most or(Most other) {
      return new Most(
          age.compareTo(other.age) > 0 ? age : other.age, Math.max(records, other.records));
    }

    String said() {
      return String.format(ROOT, "%.1f s and %d records", age.toMillis() / 1e3, records);
    }
  }

  private final Scene scene;
  private final Instant from = Instant.now();
  private final Set<String> ended = new HashSet<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final CompletableFuture<Most> most;

  private LogAge(Scene scene) {
    this.scene = scene;
    this.most =
        CompletableFuture.supplyAsync(this::look, task -> Thread.ofPlatform().daemon().start(task));
  }

  static LogAge watch(Scene scene) {
    return new LogAge(scene);
  }

  /** Looks no more; what was seen. */
  Most end() {
    over.countDown();
    return most.join();
  }

  private Most look() {
    Most seen = Most.NONE;
    try (Lag lag = Lag.open(scene.stack().bootstrapServers())) {
      do {
        seen = seen.or(new Most(age(), lag.ofLog()));
      } while (!isOver());
    }
    return seen;
  }

  private boolean isOver() {
    try {
      return over.await(BETWEEN_LOOKS_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private Duration age() {
    List<Request> open =
        scene.load().soFar().stream()
            .filter(request -> request.accepted() && request.askedAt().isAfter(from))
            .filter(request -> !ended.contains(request.messageId()))
            .toList();
    ended.addAll(
        scene.books().ended(open.stream().map(Request::messageId).collect(Collectors.toSet())));
    Instant now = Instant.now();
    return open.stream()
        .filter(request -> !ended.contains(request.messageId()))
        .map(request -> Duration.between(request.askedAt(), now))
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }
}
