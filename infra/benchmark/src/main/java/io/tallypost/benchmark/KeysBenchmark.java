package io.tallypost.benchmark;

import static java.util.Locale.ROOT;

import io.tallypost.benchmark.load.Load;
import io.tallypost.benchmark.load.Mails;
import io.tallypost.benchmark.load.Operator;
import io.tallypost.benchmark.load.Schedule;
import io.tallypost.benchmark.load.Sent;
import io.tallypost.benchmark.stack.BenchmarkStack;
import io.tallypost.benchmark.stack.CpuTimes;
import io.tallypost.stack.client.HttpConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Whether accepting costs more with more keys. Clients ask not to wait for the verdict, so that
 * only intake's path is measured.
 */
record KeysBenchmark(int rate, Duration measured, int rounds) {
  private static final int MANY = 10_000;
  private static final int CLIENTS = 32;
  private static final String DO_NOT_WAIT = "Prefer: respond-async";

  /** The same keys in every run. */
  private static final long SEED = 4;

  boolean run(Path root) throws IOException {
    // Making 10 000 keys at the default cost would take a quarter of an hour; the cost counts only
    // at a key's first use, which comes before the measurement.
    try (BenchmarkStack stack =
        BenchmarkStack.start(root, Map.of("TALLYPOST_KEYS_BCRYPT_COST", "4"))) {
      var operator = new Operator(stack.intake(), stack.operatorKey());
      List<Operator.Key> keys = new ArrayList<>(operator.make(MANY));
      Collections.shuffle(keys, new Random(SEED));
      operator.authenticate(keys);
      System.out.printf(ROOT, "%d keys made, and each used once%n", keys.size());
      measure(stack, keys, 1);
      measure(stack, keys, MANY);
      System.out.printf(
          ROOT,
          """

          | keys in intake | of them in use | answers | accept p50 | p95 | p99 | intake's CPU ms/mail |
          |---|---|---|---|---|---|---|
          """);
      boolean good = true;
      for (int round = 0; round < rounds; round++) {
        for (int used : List.of(1, 1_000, MANY)) {
          good &= row(keys.size(), used, measure(stack, keys, used));
        }
      }
      good &= withFewer(1_000, stack, operator, keys);
      good &= withFewer(1, stack, operator, keys);
      return good;
    }
  }

  private boolean withFewer(
      int count, BenchmarkStack stack, Operator operator, List<Operator.Key> keys) {
    List<Operator.Key> leaving = keys.subList(count, keys.size());
    operator.delete(List.copyOf(leaving));
    leaving.clear();
    boolean good = true;
    for (int round = 0; round < rounds; round++) {
      good &= row(count, count, measure(stack, keys, count));
    }
    return good;
  }

  private record Result(List<Sent> sent, Duration cpu) {}

  private Result measure(BenchmarkStack stack, List<Operator.Key> keys, int used) {
    List<byte[]> requests =
        keys.subList(0, used).stream()
            .map(key -> Mails.request(key.plaintext(), DO_NOT_WAIT))
            .toList();
    var load =
        new Load(
            CLIENTS,
            _ -> new HttpConnection(stack.intake()),
            _ -> requests.get(ThreadLocalRandom.current().nextInt(used)));
    CpuTimes before = stack.cpu();
    List<Sent> sent = load.offer(new Schedule(rate, measured));
    return new Result(sent, stack.cpu().since(before).of("intake"));
  }

  /** Prints it, and returns whether all were accepted. */
  private static boolean row(int existing, int used, Result result) {
    long accepted = result.sent().stream().filter(Sent::accepted).count();
    System.out.printf(
        ROOT,
        "| %d | %d | %d of %d are 202 | %s | %s |%n",
        existing,
        used,
        accepted,
        result.sent().size(),
        Latencies.of(result.sent().stream().map(Sent::latency)).cells(),
        DeliveryReport.perMail(result.cpu(), result.sent().size()));
    return accepted == result.sent().size();
  }
}
