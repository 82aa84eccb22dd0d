package io.tallypost.faults.scene;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.faults.kafka.Lag;
import io.tallypost.stack.Patience;
import io.tallypost.stack.client.Client;
import io.tallypost.stack.client.StackProcess;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpStage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** One row in progress: a load, the means to break things, and the ledgers at the end. */
public final class Scene {
  /** Long enough that mail is in flight at any moment. */
  private static final Duration RELAY_TAKES = Duration.ofMillis(150);

  /** What happens on a loaded machine within this time is no failure yet. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Arena arena;
  private final Client client;
  private final Load load;
  private final Duration bound;
  private final long end;
  private int cyclesDone;
  private final List<Instant> faults = new CopyOnWriteArrayList<>();
  private final Executor starters = Executors.newVirtualThreadPerTaskExecutor();
  private final Set<String> ended = new HashSet<>();
  private final Set<String> starting = ConcurrentHashMap.newKeySet();
  private final List<CompletableFuture<Void>> starts = new CopyOnWriteArrayList<>();
  private final List<String> notes = new CopyOnWriteArrayList<>();
  private final List<String> wrong = new CopyOnWriteArrayList<>();

  private Scene(Arena arena, Client client, Load load, Duration bound, long end) {
    this.bound = bound;
    this.arena = arena;
    this.client = client;
    this.load = load;
    this.end = end;
  }

  /**
   * Plays a row under load and judges the result.
   *
   * @param cycles how often
   * @param most the time after which no further cycle starts; the row does not hold then
   */
  public static Verdict play(Arena arena, Row row, int cycles, Duration most) throws Exception {
    arena.sink().follow(accepting());
    arena.sink().inbox().clear();
    Client client = Client.withLimit(arena.stack(), row.name(), row.dailyLimit(cycles));
    try (Load load = Load.start(client, row.name(), row.perSecond())) {
      var scene =
          new Scene(arena, client, load, row.recovery(), System.nanoTime() + most.toNanos());
      scene.await("the first mails arrive", () -> scene.delivered() >= Math.max(20, load.warmUp()));
      row.action().run(scene, cycles);
      scene.awaitStarts();
      return scene.judge(row, cycles);
    }
  }

  private Verdict judge(Row row, int cycles) {
    List<Request> requests = load.finish();
    Books books = books();
    long accepted = requests.stream().filter(Request::accepted).count();
    await("every accepted mail ends", () -> books.endedCount() >= accepted);
    awaitRead();
    Tally tally =
        new Ledgers(
                requests,
                Books.received(arena.sink().inbox().mails(), row.name() + " "),
                books.approved(),
                books.rejected(),
                books.usage(),
                books.ended(),
                books.deadLetters())
            .join(faults);
    expect(books.doubles() == 0, books.doubles() + " doubled in audit");
    return Verdict.of(row, cycles, cyclesDone, tally, notes, wrong);
  }

  /**
   * Whether another cycle starts: not when all are done, nor when the time is over. Before that,
   * all that was asked for before the last fault has ended: a mail that waited for two faults would
   * say nothing of how long one lasts.
   */
  public boolean goesOn(int done, int cycles) {
    boolean more = goesOnAtOnce(done, cycles);
    if (more && !faults.isEmpty()) {
      awaitOver();
    }
    return more;
  }

  /**
   * Waits until everything requested before the last fault has ended; returns how long after it.
   */
  public Duration awaitOver() {
    Instant fault = faults.getLast();
    await("what was asked for before the fault ends", () -> hasEnded(fault));
    return sinceFault();
  }

  /** Waits until every group has read its topics. */
  public void awaitRead() {
    try (Lag lag = Lag.open(arena.stack().bootstrapServers())) {
      await("all is read", () -> lag.ofMail() == 0);
    }
  }

  /** The rest is the end of a log. */
  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }

  public Arena arena() {
    return arena;
  }

  public StackProcess stack() {
    return arena.stack();
  }

  public Load load() {
    return load;
  }

  /** How many mails the sink has seen. */
  public long delivered() {
    return arena.sink().inbox().received();
  }

  /** From now on it counts how long a mail waits. */
  public void fault() {
    faults.add(Instant.now());
  }

  public void note(String said) {
    notes.add(said);
  }

  /** Notes that something that must hold did not. */
  public void expect(boolean holds, String otherwise) {
    if (!holds) {
      wrong.add(otherwise);
    }
  }

  /** Waits until the sink has seen this many more mails. */
  public void awaitDelivered(int more) {
    long from = delivered();
    await(more + " more mails arrive", () -> delivered() >= from + more);
  }

  /** Waits; fails after two minutes. */
  public void await(String what, BooleanSupplier condition) {
    await(what, PATIENCE, condition);
  }

  /** Waits for this time at most; otherwise it does not hold. */
  public void await(String what, Duration most, BooleanSupplier condition) {
    Optional<Boolean> came =
        Patience.first(most, () -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty());
    expect(came.isPresent(), "not within %d s: %s".formatted(most.toSeconds(), what));
  }

  /** At another point of what goes on each time. */
  public void someTime(Duration most) {
    pause(Duration.ofNanos(ThreadLocalRandom.current().nextLong(most.toNanos())));
  }

  /** The length of a fault. */
  public void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** One of the processes of a role that are ready. */
  public JsonNode any(String role) {
    List<JsonNode> running = ready(role);
    return running.get(ThreadLocalRandom.current().nextInt(running.size()));
  }

  /** The processes of a role, by their ids. */
  public Set<Long> pids(String role) {
    return stack().services(role).stream()
        .map(service -> service.path("pid").asLong())
        .collect(Collectors.toSet());
  }

  /**
   * The sum of a metric over the processes of a role.
   *
   * @param series its name and first label, as its lines begin
   */
  public double metric(String role, String series) {
    return stack().services(role).stream()
        .flatMap(service -> metrics(service).lines())
        .filter(line -> line.startsWith(series))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static String metrics(JsonNode service) {
    URI page = URI.create(service.path("management").asString() + "/metrics");
    try (InputStream in = page.toURL().openStream()) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All services' processes. */
  public Set<Long> processes() {
    return Arena.ROLES.stream().flatMap(role -> pids(role).stream()).collect(Collectors.toSet());
  }

  /** SIGKILL, and a fault from now on. */
  public void kill(long pid) {
    ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
    fault();
    process.destroyForcibly();
  }

  /** Kills this process and starts it again under its number. */
  public void killAndRestart(JsonNode service) {
    kill(service.path("pid").asLong());
    restart(service);
  }

  /** Starts a killed process again, under its number, while the others take over from it. */
  public void restart(JsonNode killed) {
    startAgain(killed);
    await("two are ready", () -> ready(killed.path("role").asString()).size() >= 2);
  }

  /** The same, without a look at the others. */
  public void startAgain(JsonNode killed) {
    String role = killed.path("role").asString();
    stack().awaitGone(role, killed.path("pid").asLong());
    String number = killed.path("number").asString();
    starting.add(role + number);
    starts.add(
        CompletableFuture.runAsync(
            () -> {
              stack().control("start", role, number);
              starting.remove(role + number);
            },
            starters));
  }

  /** The same, whatever still waits for the end of the last fault. */
  public boolean goesOnAtOnce(int done, int cycles) {
    cyclesDone = done;
    return done < cycles && System.nanoTime() < end;
  }

  /** How long ago the last fault was. */
  public Duration sinceFault() {
    return Duration.between(faults.getLast(), Instant.now());
  }

  /** The longest that a mail, and so a wait for it, may take. */
  public Duration bound() {
    return bound;
  }

  /** Whether everything requested before is answered and, if accepted, ended in audit. */
  private boolean hasEnded(Instant before) {
    if (load.isWaiting(before)) {
      return false;
    }
    Set<String> open =
        load.soFar().stream()
            .filter(request -> request.accepted() && request.askedAt().isBefore(before))
            .map(Request::messageId)
            .filter(id -> !ended.contains(id))
            .collect(Collectors.toSet());
    ended.addAll(books().ended(open));
    return ended.containsAll(open);
  }

  /** What is written down about the mail that is counted. */
  public Books books() {
    return new Books(arena.stack(), client.keyId());
  }

  /** The processes of a role that are not just being started. */
  public List<JsonNode> ready(String role) {
    return stack().services(role).stream()
        .filter(service -> !starting.contains(role + service.path("number").asString()))
        .toList();
  }

  private void awaitStarts() {
    for (CompletableFuture<Void> start : starts) {
      try {
        start.join();
      } catch (CompletionException e) {
        expect(false, firstLine(String.valueOf(e.getCause())));
      }
    }
  }

  /** {@code kill -SIGNAL}. */
  public static void signal(String signal, long pid) {
    try {
      new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** A relay that accepts everything, and its time. */
  public static SmtpScript accepting() {
    return Scene::inItsTime;
  }

  /** What that relay answers. */
  public static SmtpAnswer inItsTime(SmtpStage stage) {
    return stage instanceof SmtpStage.FinalDot
        ? SmtpAnswer.accept().after(RELAY_TAKES)
        : SmtpAnswer.accept();
  }
}
