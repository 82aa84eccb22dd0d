package io.tallypost.benchmark;

import static java.util.Locale.ROOT;

import io.tallypost.benchmark.sink.SinkProcess;
import io.tallypost.benchmark.stack.BenchmarkStack;
import io.tallypost.stack.ChildProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The bare dialogue of one mail of 4 KB with a relay: what the worker's SMTP client alone spends.
 * It runs in a process of its own, with the worker's own classes, and the sink in another.
 *
 * @param warmUp how long it sends before what is measured
 * @param round how long each round is
 * @param rounds how many there are
 */
record DialogueBenchmark(Duration warmUp, Duration round, int rounds) {
  /** What the dialogue of one mail may cost the process, in milliseconds of CPU. */
  private static final double MOST_CPU = 0.07;

  private static final String MAIN = "io.tallypost.delivery.smtp.DialogueMain";

  /** One round, as the client has written it down. */
  record Round(long mails, long threadNanos, long processNanos, long nanos) {
    double processMillis() {
      return processNanos / 1e6 / mails;
    }

    static Round of(String line) {
      long[] numbers =
          Arrays.stream(line.split(" ", -1)).skip(1).mapToLong(Long::parseLong).toArray();
      return new Round(numbers[0], numbers[1], numbers[2], numbers[3]);
    }
  }

  boolean run(Path root) throws IOException {
    Path target = Files.createDirectories(root.resolve("infra/benchmark/target"));
    Path directory = Files.createTempDirectory(target, "smtp");
    Path worker = root.resolve("delivery-worker/target");
    Path unpacked = directory.resolve("worker");
    Path log = directory.resolve("client.log");
    await(
        directory.resolve("unpack.log"),
        "-Djarmode=tools",
        "-jar",
        worker.resolve("delivery-worker.jar").toString(),
        "extract",
        "--destination",
        unpacked.toString());
    try (SinkProcess sink = SinkProcess.start(directory)) {
      await(
          log,
          "-Xmx256m",
          "-XX:+UseSerialGC",
          "-cp",
          unpacked.resolve("delivery-worker.jar")
              + File.pathSeparator
              + worker.resolve("test-classes"),
          MAIN,
          "127.0.0.1",
          Integer.toString(sink.port()),
          Long.toString(warmUp.toSeconds()),
          Long.toString(round.toSeconds()),
          Integer.toString(rounds));
    } finally {
      BenchmarkStack.delete(unpacked);
    }
    try (var lines = Files.lines(log)) {
      List<Round> measured =
          lines.filter(line -> line.startsWith("round ")).map(Round::of).toList();
      print(measured);
      return Spread.of(measured.stream().mapToDouble(Round::processMillis)).median() <= MOST_CPU;
    }
  }

  private static void await(Path log, String... arguments) {
    List<String> command = new ArrayList<>(List.of(ChildProcess.java()));
    command.addAll(Arrays.asList(arguments));
    ChildProcess process = ChildProcess.start("client", command, Map.of(), log);
    if (process.ended().join() != 0) {
      throw process.failure("failed");
    }
  }

  private static void print(List<Round> rounds) {
    System.out.printf(
        ROOT,
        """
        One mail after the other of 4 KB on one kept-open connection; least / median / most of %d rounds

        | mails/s | CPU ms/mail, sending thread | CPU ms/mail, whole process |
        |---|---|---|
        | %s | %s | %s |
        """,
        rounds.size(),
        cell(rounds, one -> one.mails() * 1e9 / one.nanos(), "%.0f"),
        cell(rounds, one -> one.threadNanos() / 1e6 / one.mails(), "%.4f"),
        cell(rounds, Round::processMillis, "%.4f"));
  }

  private static String cell(List<Round> rounds, ToDoubleFunction<Round> value, String format) {
    return Spread.of(rounds.stream().mapToDouble(value)).cell(format);
  }
}
