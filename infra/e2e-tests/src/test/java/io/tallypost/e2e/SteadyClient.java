package io.tallypost.e2e;

import static org.awaitility.Awaitility.await;

import io.tallypost.stack.client.Client;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A program that posts a mail ten times a second ({@code -Dtallypost.upgrade.per-second=20} in the
 * long form), after some minutes every twentieth of them, each under a key of its own, and again
 * under that key until it is answered 202.
 */
final class SteadyClient implements AutoCloseable {
  /** What the address of every tenth mail begins with. */
  static final String LATE = "late";

  private static final int MANY = 6_000;
  private static final int MOST = 60_000;
  private static final Duration BETWEEN =
      Duration.ofSeconds(1).dividedBy(Integer.getInteger("tallypost.upgrade.per-second", 10));
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Client client;
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService posts = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger ticks = new AtomicInteger();
  private final Map<String, String> mails = new ConcurrentHashMap<>();
  private final Queue<String> mended = new ConcurrentLinkedQueue<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  private SteadyClient(Client client) {
    this.client = client;
  }

  /** Begins; {@link #close} ends it. */
  static SteadyClient of(Client client) {
    var steady = new SteadyClient(client);
    var _ =
        steady.clock.scheduleAtFixedRate(
            steady::next, 0, BETWEEN.toMillis(), TimeUnit.MILLISECONDS);
    return steady;
  }

  private void next() {
    int number = ticks.incrementAndGet();
    if (number <= MANY || (number <= MOST && number % 20 == 1)) {
      posts.execute(() -> post(number));
    }
  }

  private void post(int number) {
    String key = UUID.randomUUID().toString();
    String to = "%s%d@example.org".formatted(mailbox(number), number);
    try {
      await()
          .atMost(PATIENCE)
          .pollInSameThread()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(200))
          .until(() -> isTaken(key, to));
    } catch (ConditionTimeoutException e) {
      failures.add(to);
    }
  }

  /** Some in UTF-8 (RFC 6531), which another version may have to read. */
  private static String mailbox(int number) {
    return number % 10 == 0 ? LATE : number % 10 == 5 ? "почта" : "bob";
  }

  private boolean isTaken(String key, String to) {
    try {
      var answer =
          client.post(
              "/api/v1/send",
              Map.of("to", to, "subject", "rolling", "text", "hi"),
              "Idempotency-Key",
              key);
      if (answer.status() == 202) {
        mails.put(
            answer.body().path("id").asString(),
            answer.body().path("internet_message_id").asString());
        return true;
      }
      mended.add(answer.status() + " " + answer.body().path("code").asString(""));
    } catch (UncheckedIOException e) {
      mended.add("no answer");
    }
    return false;
  }

  /** The Message-IDs of what was answered 202, by Tallypost's ids. */
  Map<String, String> mails() {
    return Map.copyOf(mails);
  }

  /** The answers that were followed by another try. */
  List<String> mended() {
    return List.copyOf(mended);
  }

  /** Clients whose mail was not accepted within a minute. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  /** Posts nothing more, and waits for the answers. */
  @Override
  public void close() {
    clock.close();
    posts.close();
  }
}
