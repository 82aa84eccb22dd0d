package io.tallypost.kit.loop;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * {@code tallypost_shutdowns_total{mode}}: how often a process stopped, or handed its work over,
 * with everything finished ({@code graceful}) or not ({@code forced}).
 */
public final class Shutdowns implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(Shutdowns.class);

  private final Counter graceful;
  private final Counter forced;
  private final IntSupplier requestsInFlight;
  private volatile boolean cutShort;
  private volatile boolean running;

  /**
   * Shows both at zero.
   *
   * @param requestsInFlight how many requests are being answered now
   */
  public Shutdowns(MeterRegistry registry, IntSupplier requestsInFlight) {
    this.graceful = counter(registry, "graceful");
    this.forced = counter(registry, "forced");
    this.requestsInFlight = requestsInFlight;
  }

  private static Counter counter(MeterRegistry registry, String mode) {
    return Counter.builder("tallypost.shutdowns")
        .description("Stops of the process, and hand-overs of its partitions")
        .tag("mode", mode)
        .register(registry);
  }

  /** Somebody else continues this process's work. */
  public void handedOver(boolean unfinished) {
    (unfinished ? forced : graceful).increment();
  }

  /** Something was left unfinished because the process stops. */
  public void cutShort() {
    cutShort = true;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    int requests = requestsInFlight.getAsInt();
    boolean unfinished = cutShort || requests > 0;
    handedOver(unfinished);
    log.atInfo()
        .addKeyValue("forced", unfinished)
        .addKeyValue("in_flight", requests)
        .log("service stopped");
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** After requests had their time to end, and before the web server breaks them off. */
  @Override
  public int getPhase() {
    return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE - 1;
  }
}
