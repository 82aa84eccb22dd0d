package io.tallypost.faults.relays;

import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.TcpProxy;
import io.tallypost.faults.scene.Tenant;
import io.tallypost.faults.scene.WaitComparison;
import io.tallypost.stack.smtp.SmtpSink;
import java.time.Duration;
import java.util.Map;

/** A relay that falls silent while workers keep connections to it. */
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
          "another tenant's relay freezes with connections kept and idle, every second time its host vanishes without a FIN; a worker is replaced meanwhile",
          6,
          FrozenRelayRows::freeze);

  private FrozenRelayRows() {}

  private static void freeze(Scene scene, int cycles) {
    scene.arena().scale("worker", 1);
    WaitComparison waits = new WaitComparison(scene, cycles);
    long sent = 0;
    Duration slowest = Duration.ZERO;
    long putOff = 0;
    SmtpSink relay = SmtpSink.start();
    try (relay;
        TcpProxy line = TcpProxy.to(relay.port())) {
      Tenant tenant = Tenant.of(scene, "frozen", line.port(), Map.of());
      for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
        sent += tenant.send(MAILS).size();
        tenant.awaitEnded(sent);
        scene.pause(IDLE);
        waits.without();
        if (cycle % 2 == 0) {
          relay.freeze();
        } else {
          line.vanish();
        }
        var waiting = tenant.send(MAILS);
        sent += MAILS;
        waits.with(cycles > 1 ? FOR_LONG : FOR_A_MOMENT);
        if (cycles > 1) {
          putOff += waiting.stream().filter(id -> isPutOff(tenant, id)).count();
        }
        String old = scene.stack().services("worker").getFirst().path("number").asString();
        scene.stack().control("start", "worker");
        long begin = System.nanoTime();
        scene.stack().control("stop", "worker", old);
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        slowest = took.compareTo(slowest) > 0 ? took : slowest;
        scene.fault();
        relay.thaw();
        line.mend();
        tenant.awaitEnded(sent);
      }
      tenant.expectEachOnce(relay, sent);
      scene.expect(cycles == 1 || putOff > 0, "no mail of the silent relay was put off");
      scene.note("slowest exit %.1f s".formatted(slowest.toMillis() / 1e3));
      scene.expect(slowest.compareTo(EXIT) <= 0, "an exit took longer than 30 s");
      waits.judge("meanwhile");
    }
  }

  private static boolean isPutOff(Tenant tenant, String id) {
    return tenant.message(id).path("status").asString().equals("deferred");
  }
}
