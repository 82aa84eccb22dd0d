package io.tallypost.faults.scene;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The records of each side about one run, once the system is quiet.
 *
 * @param requests C: the clients' requests and answers
 * @param received S: when the sink saw each copy, by Message-ID
 * @param approved Q: the ids of the messages that quota approved
 * @param rejected Q: those that it rejected
 * @param usage Q: the key's charge, in recipients
 * @param ended A: the ids of the messages whose end audit knows
 * @param deadLetters D: how many there are
 */
record Ledgers(
    List<Request> requests,
    Map<String, List<Instant>> received,
    Set<String> approved,
    Set<String> rejected,
    long usage,
    Set<String> ended,
    long deadLetters) {

  /** Joins them by message id. */
  Tally join(List<Instant> faults) {
    List<Request> accepted = requests.stream().filter(Request::accepted).toList();
    long unanswered = requests.stream().filter(r -> r.status() == 0 || r.status() >= 500).count();
    Set<String> asked = new TreeSet<>();
    long charged = 0;
    long lost = 0;
    long copies = 0;
    Duration longest = Duration.ZERO;
    for (Request request : accepted) {
      boolean granted = approved.contains(request.messageId());
      List<Instant> copiesOfIt = received.getOrDefault(request.internetMessageId(), List.of());
      if (granted) {
        asked.add(request.internetMessageId());
        charged += request.units();
        copies += Math.max(0, copiesOfIt.size() - 1);
      }
      boolean arrived = granted ? !copiesOfIt.isEmpty() : rejected.contains(request.messageId());
      if (!arrived || !ended.contains(request.messageId())) {
        lost++;
      }
      if (granted && !copiesOfIt.isEmpty()) {
        Duration wait = wait(request.askedAt(), copiesOfIt.getFirst(), faults);
        longest = wait.compareTo(longest) > 0 ? wait : longest;
      }
    }
    long invented = received.keySet().stream().filter(id -> !asked.contains(id)).count();
    return new Tally(
        accepted.size(), lost, invented, copies, usage - charged, deadLetters, unanswered, longest);
  }

  /**
   * How long a mail waited: from its request, or from the first fault after that. This is no less
   * than the time in which the system recovered.
   */
  private static Duration wait(Instant askedAt, Instant seenAt, List<Instant> faults) {
    Instant from =
        faults.stream()
            .filter(fault -> !fault.isBefore(askedAt) && fault.isBefore(seenAt))
            .min(Instant::compareTo)
            .orElse(askedAt);
    return Duration.between(from, seenAt);
  }
}
