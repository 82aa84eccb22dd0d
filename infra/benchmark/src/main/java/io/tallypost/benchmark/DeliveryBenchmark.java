package io.tallypost.benchmark;

import static java.util.Locale.ROOT;

import io.tallypost.benchmark.load.Load;
import io.tallypost.benchmark.load.Mails;
import io.tallypost.benchmark.load.Operator;
import io.tallypost.benchmark.load.Ramp;
import io.tallypost.benchmark.load.Schedule;
import io.tallypost.benchmark.load.Sent;
import io.tallypost.benchmark.sink.Deliveries;
import io.tallypost.benchmark.sink.SinkProbe;
import io.tallypost.benchmark.stack.BenchmarkStack;
import io.tallypost.benchmark.stack.CpuTimes;
import io.tallypost.stack.client.HttpConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * Mails from the POST to the relay's 250.
 *
 * @param rate what is offered a second; empty for as much as is accepted
 * @param clients the number of connections; empty for as many as fill the system
 * @param warmUp how long, or for the highest rate how long at most
 * @param idle how long nothing is sent before the measurement, to see what that costs
 */
record DeliveryBenchmark(
    OptionalInt rate, OptionalInt clients, Duration warmUp, Duration idle, Duration measured) {
  /** More than any run so far has delivered, by far. */
  private static final long LEAST_SINK = 8000;

  /** Enough for a fixed rate on a busy machine, too. */
  private static final long TIMES_THE_RATE = 10;

  private static final long MOST_MAILS = 1_000_000;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** This many follow the rate of an open model. */
  private static final int CLIENTS = 32;

  private static final int FIRST_CLIENTS = 64;
  static final int MOST_CLIENTS = 512;
  private static final Duration SLICE = Duration.ofSeconds(10);

  boolean run(Path root) throws IOException, InterruptedException {
    long sinkAlone = SinkProbe.perSecond(Files.createTempDirectory("tallypost-bench"));
    System.out.printf(ROOT, "the sink alone takes %d mails/s%n", sinkAlone);
    if (sinkAlone < leastSink()) {
      System.out.printf(ROOT, "that is less than %d: it might be what is measured%n", leastSink());
      return false;
    }
    try (BenchmarkStack stack = BenchmarkStack.start(root, Map.of())) {
      String key = new Operator(stack.intake(), stack.operatorKey()).make(1).getFirst().plaintext();
      byte[] request = Mails.request(key);
      var deliveries = new Deliveries(stack.sink().journal());
      IntFunction<Load> loads =
          many -> new Load(many, _ -> new HttpConnection(stack.intake()), _ -> request);

      List<Sent> warm = new ArrayList<>();
      Load load = warm(loads, deliveries, warm);
      CpuTimes quiet = stack.cpu();
      Thread.sleep(idle);
      CpuTimes before = stack.cpu();
      CpuTimes idling = before.since(quiet);
      List<Sent> sent = send(load, measured);
      deliveries.await(accepted(sent), PATIENCE);
      CpuTimes cpu = stack.cpu().since(before);

      new DeliveryReport(rate, sent, deliveries, cpu).print();
      if (idle.isPositive()) {
        DeliveryReport.printIdle(idling, idle);
      }
      return agrees(warm, sent, deliveries);
    }
  }

  /** Sends mail that is not counted, and returns the clients that measure. */
  private Load warm(IntFunction<Load> loads, Deliveries deliveries, List<Sent> warm) {
    if (rate.isPresent()) {
      Load load = loads.apply(clients.orElse(CLIENTS));
      warm.addAll(send(load, warmUp));
      deliveries.await(accepted(warm), PATIENCE);
      return load;
    }
    var ramp = new Ramp(clients.orElse(FIRST_CLIENTS), clients.orElse(MOST_CLIENTS));
    long start = System.nanoTime();
    long end = start + warmUp.toNanos();
    while (!ramp.isFlat() && System.nanoTime() < end) {
      int many = ramp.clients();
      List<Sent> slice = send(loads.apply(many), SLICE);
      warm.addAll(slice);
      deliveries.await(accepted(slice), PATIENCE);
      double perSecond = DeliveryReport.deliveredPerSecond(slice, deliveries);
      ramp.saw(perSecond);
      System.out.printf(
          ROOT,
          "warm-up after %d s: %d clients, %.1f delivered/s%n",
          Duration.ofNanos(System.nanoTime() - start).toSeconds(),
          many,
          perSecond);
    }
    System.out.printf(
        ROOT,
        ramp.isFlat()
            ? "the rate is flat; measuring with %d clients%n"
            : "the rate is NOT flat, what follows is no measure of the system; %d clients%n",
        ramp.clients());
    return loads.apply(ramp.clients());
  }

  private long leastSink() {
    return Math.min(LEAST_SINK, TIMES_THE_RATE * rate.orElse((int) LEAST_SINK));
  }

  private List<Sent> send(Load load, Duration duration) {
    return rate.isPresent()
        ? load.offer(new Schedule(rate.getAsInt(), duration))
        : load.push(duration, MOST_MAILS);
  }

  private static Set<String> accepted(List<Sent> sent) {
    return sent.stream()
        .filter(Sent::accepted)
        .map(Sent::messageId)
        .collect(Collectors.toCollection(HashSet::new));
  }

  /** Whether exactly the accepted mail was delivered; the warm-up counts too. */
  private static boolean agrees(List<Sent> warm, List<Sent> sent, Deliveries deliveries) {
    List<Sent> all = new ArrayList<>(warm);
    all.addAll(sent);
    Set<String> accepted = accepted(all);
    long delivered = accepted.stream().map(deliveries::atMicros).filter(Objects::nonNull).count();
    long unasked = deliveries.distinct() - delivered;
    System.out.printf(
        ROOT,
        "%naccepted %d (with the warm-up), delivered %d, copies %d, delivered without a 202: %d; answers %s%n",
        accepted.size(),
        delivered,
        deliveries.copies(),
        unasked,
        all.stream()
            .collect(Collectors.groupingBy(Sent::status, TreeMap::new, Collectors.counting())));
    return !accepted.isEmpty() && delivered == accepted.size() && unasked == 0;
  }
}
