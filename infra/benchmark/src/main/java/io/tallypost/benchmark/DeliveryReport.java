package io.tallypost.benchmark;

import static java.util.Locale.ROOT;

import io.tallypost.benchmark.load.Sent;
import io.tallypost.benchmark.sink.Deliveries;
import io.tallypost.benchmark.stack.BenchmarkStack;
import io.tallypost.benchmark.stack.CpuTimes;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * The tables of a run.
 *
 * @param rate what was offered a second; empty for as much as was accepted
 */
record DeliveryReport(OptionalInt rate, List<Sent> sent, Deliveries deliveries, CpuTimes cpu) {

  void print() {
    List<Sent> accepted = sent.stream().filter(Sent::accepted).toList();
    List<Sent> delivered =
        accepted.stream().filter(mail -> deliveries.atMicros(mail.messageId()) != null).toList();
    if (delivered.isEmpty()) {
      System.out.println("nothing was delivered");
      return;
    }
    long start = sent.stream().mapToLong(Sent::dueMicros).min().orElseThrow();
    long lastAnswer = accepted.stream().mapToLong(Sent::answeredMicros).max().orElseThrow();
    long lastMail =
        delivered.stream().map(this::atMicros).max(Comparator.naturalOrder()).orElseThrow();
    System.out.printf(
        ROOT,
        """

        | offered/s | mails | accepted/s | delivered/s | accept p50 | p95 | p99 | POST → 250 p50 | p95 | p99 |
        |---|---|---|---|---|---|---|---|---|---|
        | %s | %d | %.1f | %.1f | %s | %s |
        """,
        rate.isPresent() ? Integer.toString(rate.getAsInt()) : "all that is taken",
        accepted.size(),
        perSecond(accepted.size(), lastAnswer - start),
        perSecond(delivered.size(), lastMail - start),
        Latencies.of(accepted.stream().map(Sent::latency)).cells(),
        Latencies.of(delivered.stream().map(this::toMail)).cells());
    printCpu(delivered.size());
  }

  /** From the first request to the last mail at the relay, including the time for what piled up. */
  static double deliveredPerSecond(List<Sent> sent, Deliveries deliveries) {
    List<Long> arrived =
        sent.stream()
            .filter(Sent::accepted)
            .map(mail -> deliveries.atMicros(mail.messageId()))
            .filter(Objects::nonNull)
            .toList();
    long start = sent.stream().mapToLong(Sent::dueMicros).min().orElse(0);
    long last = arrived.stream().mapToLong(Long::longValue).max().orElse(start);
    return perSecond(arrived.size(), last - start);
  }

  private void printCpu(int mails) {
    Duration sum = BenchmarkStack.PARTS.stream().map(cpu::of).reduce(Duration.ZERO, Duration::plus);
    System.out.printf(
        ROOT,
        """

        | CPU ms/mail | %s | sum | (sink) | (load) |
        |---|%s---|---|---|
        | | %s | %s | %s | %s |
        """,
        String.join(" | ", BenchmarkStack.PARTS),
        "---|".repeat(BenchmarkStack.PARTS.size()),
        BenchmarkStack.PARTS.stream()
            .map(part -> perMail(cpu.of(part), mails))
            .collect(Collectors.joining(" | ")),
        perMail(sum, mails),
        perMail(cpu.of("sink"), mails),
        perMail(cpu.of("load"), mails));
  }

  /** The cost of waiting for mail. */
  static void printIdle(CpuTimes idling, Duration idle) {
    Duration sum =
        BenchmarkStack.PARTS.stream().map(idling::of).reduce(Duration.ZERO, Duration::plus);
    System.out.printf(
        ROOT,
        """

        | CPU s/min without mail | %s | sum |
        |---|%s---|
        | | %s | %s |
        """,
        String.join(" | ", BenchmarkStack.PARTS),
        "---|".repeat(BenchmarkStack.PARTS.size()),
        BenchmarkStack.PARTS.stream()
            .map(part -> perMinute(idling.of(part), idle))
            .collect(Collectors.joining(" | ")),
        perMinute(sum, idle));
  }

  private static String perMinute(Duration spent, Duration idle) {
    return String.format(ROOT, "%.2f", 60.0 * spent.toNanos() / idle.toNanos());
  }

  private long atMicros(Sent mail) {
    return Objects.requireNonNull(deliveries.atMicros(mail.messageId()));
  }

  private Duration toMail(Sent mail) {
    return Duration.ofNanos((atMicros(mail) - mail.dueMicros()) * 1000);
  }

  static double perSecond(long count, long micros) {
    return count * 1e6 / Math.max(1, micros);
  }

  static String perMail(Duration spent, int mails) {
    return String.format(ROOT, "%.2f", spent.toNanos() / 1e6 / Math.max(1, mails));
  }
}
