package io.tallypost.faults.outages;

import io.tallypost.faults.kafka.Owners;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import tools.jackson.databind.JsonNode;

/** Workers that die, come, go and stand still. */
public final class WorkerRows {
  /** Within this time a worker has stopped. */
  private static final Duration EXIT = Duration.ofSeconds(30);

  private static final Duration LEAST_BETWEEN_KILLS = Duration.ofSeconds(2);

  /** This long after the last of many kills, all delayed mail is out. */
  private static final Duration AFTER_A_STORM = Duration.ofSeconds(30);

  /** Of the approved topic, by default. */
  private static final int PARTITIONS = 24;

  /** A session is over after 8 s. */
  private static final Duration PAST_ITS_SESSION = Duration.ofSeconds(12);

  public static final Row KILLED =
      Row.of(
              "worker-killed",
              "kill -9 one of the workers: when the sink saw the dot, when it had sent 250, at random",
              50,
              WorkerRows::kill)
          .copiesOfWhatIsInFlight();

  /**
   * So often that a mail's next worker may be killed as well: its wait is not bounded, only the
   * time after the last kill.
   */
  public static final Row KILLED_OFTEN =
      Row.of(
              "worker-killed-often",
              "kill -9 one of three workers every 2 to 5 s, or as soon as two are ready, before their predecessors' mail is out",
              50,
              WorkerRows::killOften)
          .copiesOfWhatIsInFlight()
          .recovery(Duration.ofHours(1));

  public static final Row SCALED =
      Row.of("scale", "1 → 4 → 1 workers by SIGTERM", 10, WorkerRows::scale);

  public static final Row STOPPED =
      Row.of(
              "worker-stopped",
              "SIGSTOP one of three workers for 12 s, past its session; SIGCONT",
              10,
              WorkerRows::standStill)
          .copiesOfWhatIsInFlight();

  private WorkerRows() {}

  private static void kill(Scene scene, int cycles) throws InterruptedException {
    // The short form does without the third, which takes longer to start than all the rest.
    scene.arena().scale("worker", cycles == 1 ? 2 : 3);
    Duration longest = Duration.ZERO;
    try (var owners = new Owners(scene.stack().bootstrapServers(), "delivery-worker")) {
      for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
        scene.awaitDelivered(20);
        List<JsonNode> workers = scene.ready("worker");
        Set<String> members = owners.members();
        switch (cycle % 3) {
          case 0 -> killBy(new Trigger(scene, workers, false), scene, workers);
          case 1 -> killBy(new Trigger(scene, workers, true), scene, workers);
          default -> {
            scene.someTime(Duration.ofSeconds(1));
            scene.killAndRestart(scene.any("worker"));
          }
        }
        scene.await("others take over", () -> owners.haveReplaced(members, PARTITIONS));
        Duration took = scene.sinceFault();
        longest = took.compareTo(longest) > 0 ? took : longest;
      }
    }
    scene.note("longest take-over %.1f s".formatted(longest.toMillis() / 1000.0));
    scene.expect(
        longest.compareTo(scene.bound()) <= 0,
        "a take-over took longer than %d s".formatted(scene.bound().toSeconds()));
  }

  private static void killOften(Scene scene, int cycles) {
    scene.arena().scale("worker", 3);
    for (int cycle = 0; scene.goesOnAtOnce(cycle, cycles); cycle++) {
      scene.await("two are ready", () -> scene.ready("worker").size() >= 2);
      JsonNode worker = scene.any("worker");
      scene.kill(worker.path("pid").asLong());
      scene.startAgain(worker);
      scene.pause(LEAST_BETWEEN_KILLS);
      scene.someTime(Duration.ofSeconds(3));
    }
    Duration took = scene.awaitOver();
    scene.note(
        "%.1f s after the last kill all earlier mail was out".formatted(took.toMillis() / 1000.0));
    scene.expect(
        took.compareTo(AFTER_A_STORM) <= 0,
        "that took longer than " + AFTER_A_STORM.toSeconds() + " s");
  }

  private static void killBy(Trigger trigger, Scene scene, List<JsonNode> workers)
      throws InterruptedException {
    scene.arena().sink().follow(trigger);
    OptionalLong killed = trigger.killed();
    scene.arena().sink().follow(Scene.accepting());
    scene.expect(killed.isPresent(), "no worker was killed by the sink");
    workers.stream()
        .filter(worker -> killed.isPresent() && worker.path("pid").asLong() == killed.getAsLong())
        .forEach(scene::restart);
  }

  /** Kills the worker that talks to the sink, once, at a point of the conversation. */
  private static final class Trigger implements SmtpScript {
    private static final Map<Long, String> NAMES = new ConcurrentHashMap<>();

    private final Scene scene;
    private final List<JsonNode> workers;
    private final boolean afterTheReply;
    private final AtomicBoolean armed = new AtomicBoolean(true);
    private final CountDownLatch pulled = new CountDownLatch(1);
    private volatile OptionalLong killed = OptionalLong.empty();

    Trigger(Scene scene, List<JsonNode> workers, boolean afterTheReply) {
      this.scene = scene;
      this.workers = workers;
      this.afterTheReply = afterTheReply;
    }

    OptionalLong killed() throws InterruptedException {
      pulled.await(60, TimeUnit.SECONDS);
      return killed;
    }

    @Override
    public SmtpAnswer answer(SmtpStage stage) {
      if (stage instanceof SmtpStage.Hello hello) {
        NAMES.put(hello.session().number(), hello.name());
      }
      if (stage instanceof SmtpStage.FinalDot dot && !afterTheReply) {
        pull(dot);
      }
      return Scene.inItsTime(stage);
    }

    @Override
    public void answered(SmtpStage.FinalDot dot, int code) {
      if (afterTheReply) {
        pull(dot);
      }
    }

    private void pull(SmtpStage.FinalDot dot) {
      String name = NAMES.getOrDefault(dot.session().number(), "");
      for (JsonNode worker : workers) {
        if (name.startsWith("worker-%s.".formatted(worker.path("number").asString()))
            && armed.getAndSet(false)) {
          long pid = worker.path("pid").asLong();
          scene.kill(pid);
          killed = OptionalLong.of(pid);
          pulled.countDown();
        }
      }
    }
  }

  private static void scale(Scene scene, int cycles) throws Exception {
    scene.arena().scale("worker", 1);
    Duration slowest = Duration.ZERO;
    try (ExecutorService starters = Executors.newFixedThreadPool(3)) {
      for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
        Callable<String> start = () -> scene.stack().control("start", "worker", "2");
        Callable<String> another = () -> scene.stack().control("start", "worker", "3");
        Callable<String> third = () -> scene.stack().control("start", "worker", "4");
        for (var started : starters.invokeAll(List.of(start, another, third))) {
          started.get();
        }
        scene.awaitDelivered(50);
        while (scene.stack().services("worker").size() > 1) {
          long begin = System.nanoTime();
          scene.stack().control("stop", "worker");
          Duration took = Duration.ofNanos(System.nanoTime() - begin);
          slowest = took.compareTo(slowest) > 0 ? took : slowest;
        }
        scene.awaitDelivered(20);
      }
    }
    scene.note("slowest exit %.1f s".formatted(slowest.toMillis() / 1000.0));
    scene.expect(slowest.compareTo(EXIT) <= 0, "an exit took longer than 30 s");
  }

  private static void standStill(Scene scene, int cycles) {
    scene.arena().scale("worker", 3);
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      scene.awaitDelivered(20);
      long pid = scene.any("worker").path("pid").asLong();
      scene.fault();
      Scene.signal("STOP", pid);
      scene.pause(PAST_ITS_SESSION);
      Scene.signal("CONT", pid);
      scene.awaitDelivered(50);
    }
  }
}
