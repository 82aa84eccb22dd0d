package io.posthorn.benchmark;

import static java.util.Locale.ROOT;

import io.posthorn.events.ApiKeyId;
import io.posthorn.events.Mode;
import io.posthorn.keys.ApiKeyToken;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** What a valid key notices while others try wrong ones. */
record WrongKeysBenchmark(int rate, Duration baseline, int tries) {
  private static final int CLIENTS = 16;

  /**
   * Addresses of the loopback network that attackers come from: so few that each comes to its limit
   * of wrong keys per minute, although bcrypt takes only some ten a second.
   */
  private static final int ADDRESSES = 4;

  private static final int ATTACKERS = 4 * ADDRESSES;
  private static final int KNOWN_KEYS = 50;
  private static final Duration LONGEST_ATTACK = Duration.ofMinutes(5);
  private static final double MOST_TIMES_SLOWER = 2;

  static WrongKeysBenchmark with(Options options) {
    int rate = options.number("--rate", 50, 1, 2_000);
    int seconds = options.number("--seconds", 30, 1, 300);
    int tries = options.number("--tries", 10_000, 1, 100_000);
    options.refuseOthers();
    return new WrongKeysBenchmark(rate, Duration.ofSeconds(seconds), tries);
  }

  boolean run(Path root) throws IOException {
    try (BenchmarkStack stack = BenchmarkStack.start(root, Map.of())) {
      List<Operator.Key> keys = new Operator(stack.intake(), stack.operatorKey()).make(KNOWN_KEYS);
      byte[] request = Mails.request(keys.getFirst().plaintext());
      var valid = new Load(CLIENTS, _ -> new HttpConnection(stack.intake()), _ -> request);
      valid.offer(new Schedule(rate, baseline));
      System.out.printf(
          ROOT,
          """

          | | requests | answers | p50 | p95 | p99 |
          |---|---|---|---|---|---|
          """);
      List<Sent> before = valid.offer(new Schedule(rate, baseline));
      row("valid key, alone", before);

      CompletableFuture<List<Sent>> attack =
          CompletableFuture.supplyAsync(() -> attack(stack, keys));
      List<Sent> during = valid.offer(new Schedule(rate, LONGEST_ATTACK), attack::isDone);
      row("valid key, meanwhile", during);
      row("wrong keys", attack.join());
      List<Sent> after = valid.offer(new Schedule(rate, baseline));
      row("valid key, alone again", after);

      double ratio = p99(during) / Math.max(p99(before), p99(after));
      System.out.printf(
          ROOT, "%np99 of the valid key meanwhile is %.2f of that alone (the slower one)%n", ratio);
      return allAccepted(before)
          && allAccepted(during)
          && attack.join().stream().allMatch(sent -> sent.status() == 401 || sent.status() == 429)
          && ratio <= MOST_TIMES_SLOWER;
    }
  }

  /** As fast as they are answered: half of the keys have unknown ids, half a known one's. */
  private List<Sent> attack(BenchmarkStack stack, List<Operator.Key> keys) {
    var random = new SecureRandom();
    var attackers =
        new Load(
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
    return attackers.push(LONGEST_ATTACK, tries);
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
