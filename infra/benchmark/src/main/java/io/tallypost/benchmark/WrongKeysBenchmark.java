package io.tallypost.benchmark;

import static java.util.Locale.ROOT;

import io.tallypost.benchmark.load.Load;
import io.tallypost.benchmark.load.Mails;
import io.tallypost.benchmark.load.Operator;
import io.tallypost.benchmark.load.Schedule;
import io.tallypost.benchmark.load.Sent;
import io.tallypost.benchmark.stack.BenchmarkStack;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.mail.Mode;
import io.tallypost.stack.client.HttpConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * The effect on a valid key while others try wrong ones. Slices without and with wrong keys take
 * turns, so that other load on the machine slows both down alike.
 *
 * @param rate the valid key's sends per second
 * @param slice how long a slice is
 * @param tries the number of wrong keys in all
 * @param attackRate how many of them are offered a second
 */
record WrongKeysBenchmark(int rate, Duration slice, int tries, int attackRate) {
  private static final int CLIENTS = 16;

  /**
   * Addresses of the loopback network that attackers use. With ten bcrypts a second, and attacks
   * half of the time, more than two would never reach their limit of 100 a minute.
   */
  private static final int ADDRESSES = 1;

  private static final int ATTACKERS = 16;
  private static final int KNOWN_KEYS = 50;

  /** Slices in which wrong keys wait for bcrypt have fewer tries than were offered. */
  private static final int MOST_TIMES_LONGER = 3;

  private static final double MOST_TIMES_SLOWER = 2;

  boolean run(Path root) throws IOException {
    try (BenchmarkStack stack = BenchmarkStack.start(root, Map.of())) {
      List<Operator.Key> keys = new Operator(stack.intake(), stack.operatorKey()).make(KNOWN_KEYS);
      byte[] request = Mails.request(keys.getFirst().plaintext());
      var valid = new Load(CLIENTS, _ -> new HttpConnection(stack.intake()), _ -> request);
      Load wrong = attackers(stack, keys);
      valid.offer(new Schedule(rate, slice.multipliedBy(2)));

      List<Sent> alone = new ArrayList<>(valid.offer(new Schedule(rate, slice)));
      List<Sent> meanwhile = new ArrayList<>();
      List<Sent> refused = new ArrayList<>();
      for (int round = 0; round < mostRounds() && refused.size() < tries; round++) {
        CompletableFuture<List<Sent>> attack =
            CompletableFuture.supplyAsync(() -> attack(wrong, tries - refused.size()));
        meanwhile.addAll(valid.offer(new Schedule(rate, slice)));
        refused.addAll(attack.join());
        alone.addAll(valid.offer(new Schedule(rate, slice)));
      }
      System.out.printf(
          ROOT,
          """

          | | requests | answers | p50 | p95 | p99 |
          |---|---|---|---|---|---|
          """);
      row("valid key, alone", alone);
      row("valid key, meanwhile", meanwhile);
      row("wrong keys", refused);

      double ratio = p99(meanwhile) / p99(alone);
      System.out.printf(ROOT, "%np99 of the valid key meanwhile is %.2f of that alone%n", ratio);
      return allAccepted(alone)
          && allAccepted(meanwhile)
          && refused.size() == tries
          && refused.stream().allMatch(sent -> sent.status() == 401 || sent.status() == 429)
          && ratio <= MOST_TIMES_SLOWER;
    }
  }

  private long mostRounds() {
    return MOST_TIMES_LONGER * Math.ceilDiv(tries, attackRate * slice.toSeconds());
  }

  /** Offered at a constant rate for a slice, but no more than are left. */
  private List<Sent> attack(Load attackers, int left) {
    long end = System.nanoTime() + slice.toNanos();
    long most = Math.min(left, attackRate * slice.toSeconds());
    var schedule = new Schedule(attackRate, Duration.ofNanos(Math.round(most * 1e9 / attackRate)));
    return attackers.offer(schedule, () -> System.nanoTime() > end);
  }

  /** Half of the keys have unknown ids, half a known one's. */
  private static Load attackers(BenchmarkStack stack, List<Operator.Key> keys) {
    var random = new SecureRandom();
    return new Load(
        ATTACKERS,
        client -> new HttpConnection(stack.intake(), address(2 + client % ADDRESSES)),
        index -> {
          var known = new ApiKeyId(keys.get((int) (index % keys.size())).id());
          ApiKeyToken wrong =
              index % 2 == 0
                  ? ApiKeyToken.generate(Mode.LIVE, random)
                  : ApiKeyToken.renew(Mode.LIVE, known, random);
          return Mails.request(wrong.plaintext());
        });
  }

  private static InetAddress address(int last) {
    return InetAddress.ofLiteral("127.0.0." + last);
  }

  private static boolean allAccepted(List<Sent> sent) {
    return sent.stream().allMatch(Sent::accepted);
  }

  private static double p99(List<Sent> sent) {
    return Latencies.of(sent.stream().map(Sent::latency)).percentile(99);
  }

  private static void row(String name, List<Sent> sent) {
    System.out.printf(
        ROOT,
        "| %s | %d | %s | %s |%n",
        name,
        sent.size(),
        sent.stream()
            .collect(Collectors.groupingBy(Sent::status, TreeMap::new, Collectors.counting())),
        Latencies.of(sent.stream().map(Sent::latency)).cells());
  }
}
