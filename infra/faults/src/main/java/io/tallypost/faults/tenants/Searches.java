package io.tallypost.faults.tenants;

import static java.util.stream.Collectors.joining;

import io.tallypost.stack.client.Client;
import io.tallypost.stack.client.HttpConnection;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/** Many searches at any moment: each is followed by another as soon as it is answered. */
final class Searches implements AutoCloseable {
  static final int AT_ONCE = 500;

  /** Long lists, and conditions that much or nothing fulfils. */
  private static final List<String> QUERIES =
      List.of(
          "limit=200",
          "limit=200&subject=search",
          "limit=200&recipient=r1@example.org",
          "limit=200&sender=mail@acme.example&status=failed");

  private final Map<Integer, LongAdder> answers = new ConcurrentSkipListMap<>();
  private final List<Thread> searchers;
  private volatile boolean over;

  private Searches(URI audit, List<Client> clients) {
    this.searchers =
        IntStream.range(0, AT_ONCE)
            .mapToObj(number -> clients.get(number % clients.size()))
            .map(client -> Thread.ofVirtual().unstarted(() -> search(audit, client.key())))
            .toList();
  }

  /** They begin, with the keys of these clients in turn. */
  static Searches start(URI audit, List<Client> clients) {
    var searches = new Searches(audit, clients);
    searches.searchers.forEach(Thread::start);
    return searches;
  }

  private void search(URI audit, String key) {
    try (var connection = new HttpConnection(audit)) {
      while (!over) {
        String query = QUERIES.get(ThreadLocalRandom.current().nextInt(QUERIES.size()));
        count(connection, HttpConnection.request("GET", "/api/v1/messages?" + query, key, ""));
      }
    }
  }

  private void count(HttpConnection connection, byte[] request) {
    int status;
    try {
      status = connection.exchange(request).status();
    } catch (IOException noAnswer) {
      status = 0;
    }
    answers.computeIfAbsent(status, _ -> new LongAdder()).increment();
  }

  /** How many were answered with this status; 0 for those without an answer. */
  long answers(int status) {
    LongAdder count = answers.get(status);
    return count == null ? 0 : count.sum();
  }

  /** How many there were of each answer. */
  String said() {
    return answers.entrySet().stream()
        .map(answer -> answer.getValue() + " × " + answer.getKey())
        .collect(joining(", "));
  }

  /** They end with their next answers. */
  @Override
  public void close() {
    over = true;
    for (Thread searcher : searchers) {
      try {
        searcher.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
