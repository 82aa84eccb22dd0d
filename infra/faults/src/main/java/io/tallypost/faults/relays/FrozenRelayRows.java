package io.tallypost.faults.relays;

import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.TcpProxy;
import io.tallypost.faults.scene.Tenant;
import io.tallypost.faults.scene.WaitComparison;
import io.tallypost.stack.smtp.SmtpSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Relays that fall silent while workers keep connections to them. */
public final class FrozenRelayRows {
  private static final Duration FOR_A_MOMENT = Duration.ofSeconds(8);

  /** Longer than the check of a kept connection and the greeting of a new one may take. */
  private static final Duration FOR_LONG = Duration.ofSeconds(75);

  /** After less than that an arena's workers ask a kept connection before they use it. */
  private static final Duration IDLE = Duration.ofSeconds(3);

  /** Within this time a worker has stopped. */
  private static final Duration EXIT = Duration.ofSeconds(30);

  private static final int MAILS = 20;

  public static final Row FROZEN =
      Row.of(
          "relay-frozen",
          "the relays of two other tenants fall silent with connections kept and idle: one freezes, the other's host vanishes without a FIN; a worker is replaced meanwhile",
          6,
          FrozenRelayRows::freeze);

  private FrozenRelayRows() {}

  private static void freeze(Scene scene, int cycles) {
    scene.arena().scale("worker", 1);
    WaitComparison waits = new WaitComparison(scene, cycles);
    Duration slowest = Duration.ZERO;
    try (Silent frozen = Silent.of(scene, "frozen");
        Silent vanished = Silent.of(scene, "vanished")) {
      List<Silent> both = List.of(frozen, vanished);
      for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
        // Before the mail: its connections are kept for half a minute.
        waits.without();
        both.forEach(Silent::send);
        both.forEach(Silent::awaitEnded);
        scene.pause(IDLE);
        both.forEach(one -> one.expectKeptConnections(scene));
        frozen.relay().freeze();
        vanished.line().vanish();
        both.forEach(Silent::send);
        waits.with(cycles > 1 ? FOR_LONG : FOR_A_MOMENT);
        for (Silent one : both) {
          scene.expect(
              cycles == 1 || one.areLastPutOff(), "mail of a silent relay was not put off");
        }
        String old = scene.stack().services("worker").getFirst().path("number").asString();
        scene.stack().control("start", "worker");
        long begin = System.nanoTime();
        scene.stack().control("stop", "worker", old);
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        slowest = took.compareTo(slowest) > 0 ? took : slowest;
        scene.fault();
        frozen.relay().thaw();
        vanished.line().mend();
        both.forEach(Silent::awaitEnded);
      }
      both.forEach(Silent::expectEachOnce);
      scene.note("slowest exit %.1f s".formatted(slowest.toMillis() / 1e3));
      scene.expect(slowest.compareTo(EXIT) <= 0, "an exit took longer than 30 s");
      waits.judge("meanwhile");
    }
  }

  /**
   * A tenant whose relay falls silent.
   *
   * @param line to its relay
   * @param sent the ids of its mails so far
   */
  private record Silent(Tenant tenant, SmtpSink relay, TcpProxy line, List<String> sent)
      implements AutoCloseable {
    static Silent of(Scene scene, String name) {
      SmtpSink relay = SmtpSink.start();
      TcpProxy line = TcpProxy.to(relay.port());
      Tenant tenant = Tenant.of(scene, name, line.port(), Map.of());
      return new Silent(tenant, relay, line, new ArrayList<>());
    }

    void send() {
      sent.addAll(tenant.send(MAILS));
    }

    void awaitEnded() {
      tenant.awaitEnded(sent.size());
    }

    /** Else it would show only what a new connection meets. */
    void expectKeptConnections(Scene scene) {
      scene.expect(relay.openConnections() > 0, "no connection was kept");
    }

    boolean areLastPutOff() {
      return sent.subList(sent.size() - MAILS, sent.size()).stream()
          .allMatch(id -> tenant.message(id).path("status").asString().equals("deferred"));
    }

    void expectEachOnce() {
      tenant.expectEachOnce(relay, sent.size());
    }

    @Override
    public void close() {
      line.close();
      relay.close();
    }
  }
}
