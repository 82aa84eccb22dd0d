package io.tallypost.faults.scene;

import io.tallypost.stack.client.Client;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Clients that send at a constant rate, whatever happens; more slowly at first, because processes
 * that have just started take some 15 s longer for what comes at the full rate. Each request has an
 * Idempotency-Key, and is sent again with it until it is answered for good, as a careful client
 * does.
 */
public final class Load implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(500);

  /** Longer than any fault lasts. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** So many are sent slowly at first. */
  private static final int WARM_UP = 600;

  private static final Duration SLOWLY = Duration.ofSeconds(1).dividedBy(30);

  /** As many as ever are sent in one run: a fault that never ends must not fill the machine. */
  private static final int MOST = 150_000;

  private final Client client;
  private final String subject;
  private final Duration interval;
  private final Queue<Request> requests = new ConcurrentLinkedQueue<>();
  private final Map<Integer, Instant> waiting = new ConcurrentHashMap<>();
  private final Map<Integer, LongAdder> answers = new ConcurrentHashMap<>();
  private final Phaser underWay = new Phaser(1);
  private final Thread schedule;
  private volatile Duration slowestRefusal = Duration.ZERO;
  private volatile boolean paused;
  private volatile boolean stopped;

  private Load(Client client, String subject, int perSecond) {
    this.client = client;
    this.subject = subject;
    this.interval = Duration.ofSeconds(1).dividedBy(perSecond);
    this.schedule = Thread.ofPlatform().name("load").unstarted(this::run);
  }

  public static Load start(Client client, String subject, int perSecond) {
    var load = new Load(client, subject, perSecond);
    load.schedule.start();
    return load;
  }

  private void run() {
    long due = System.nanoTime();
    for (int number = 0; number < MOST && !stopped; number++) {
      awaitNanoTime(due);
      while (paused && !stopped) {
        LockSupport.parkNanos(PAUSE.toNanos());
        due = System.nanoTime();
      }
      int mail = number;
      underWay.register();
      Thread.ofVirtual()
          .start(() -> {
            try {
              requests.add(untilAnswered(mail));
            } finally {
              waiting.remove(mail);
              underWay.arriveAndDeregister();
            }
          });
      due += (number < warmUp() ? SLOWLY : interval).toNanos();
    }
  }

  private static void awaitNanoTime(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** How many are sent a second. */
  public double perSecond() {
    return 1e9 / interval.toNanos();
  }

  /** How many are sent slowly at first: none where the rate is no higher anyhow. */
  int warmUp() {
    return interval.compareTo(SLOWLY) < 0 ? WARM_UP : 0;
  }

  /** Sends nothing new, or goes on. */
  public void pause(boolean resting) {
    paused = resting;
  }

  private Request untilAnswered(int number) {
    int units = 1 + number % 3;
    Map<String, Object> mail =
        Map.of(
            "to",
            IntStream.range(0, units).mapToObj(i -> "r" + i + "@example.org").toList(),
            "subject",
            subject + " " + number,
            "text",
            "Is it there?");
    String key = UUID.randomUUID().toString();
    long end = System.nanoTime() + PATIENCE.toNanos();
    Instant askedAt = Instant.now();
    waiting.put(number, askedAt);
    Request last = once(mail, key, units, askedAt);
    while ((last.status() == 0 || last.status() >= 500) && System.nanoTime() < end) {
      LockSupport.parkNanos(PAUSE.toNanos());
      last = once(mail, key, units, askedAt);
    }
    return last;
  }

  private Request once(Map<String, Object> mail, String key, int units, Instant askedAt) {
    int status = 0;
    String messageId = "";
    String internetMessageId = "";
    long start = System.nanoTime();
    try {
      Client.Answer answer =
          client.post("/api/v1/send", mail, "Idempotency-Key", key, "Prefer", "respond-async");
      status = answer.status();
      messageId = answer.body().path("id").asString("");
      internetMessageId = answer.body().path("internet_message_id").asString("");
    } catch (UncheckedIOException noAnswer) {
      // Status 0: it may have been accepted or not, which the next try finds out.
    }
    answers.computeIfAbsent(status, _ -> new LongAdder()).increment();
    if (status == 503) {
      refusedAfter(Duration.ofNanos(System.nanoTime() - start));
    }
    return new Request(status, messageId, internetMessageId, units, askedAt);
  }

  private synchronized void refusedAfter(Duration time) {
    slowestRefusal = time.compareTo(slowestRefusal) > 0 ? time : slowestRefusal;
  }

  /** How many tries were answered with this status; 0 for those without an answer. */
  public long answers(int status) {
    LongAdder count = answers.get(status);
    return count == null ? 0 : count.sum();
  }

  /** How many tries were answered with what a client can do nothing about: 5xx other than 503. */
  public long errors() {
    return answers.entrySet().stream()
        .filter(answer -> answer.getKey() >= 500 && answer.getKey() != 503)
        .mapToLong(answer -> answer.getValue().sum())
        .sum();
  }

  /** Whether something asked for before this has no answer yet. */
  boolean isWaiting(Instant before) {
    return waiting.values().stream().anyMatch(askedAt -> askedAt.isBefore(before));
  }

  /** What was asked for and answered so far. */
  public List<Request> soFar() {
    return new ArrayList<>(requests);
  }

  /** How long the slowest 503 took. */
  public Duration slowestRefusal() {
    return slowestRefusal;
  }

  /** Sends nothing more, and waits for the answers that are still to come. */
  public List<Request> finish() {
    stopped = true;
    try {
      schedule.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    underWay.arriveAndAwaitAdvance();
    return new ArrayList<>(requests);
  }

  @Override
  public void close() {
    stopped = true;
  }
}
