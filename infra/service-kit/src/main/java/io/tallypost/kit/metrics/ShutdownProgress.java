package io.tallypost.kit.metrics;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;

/** Reports regularly that the service is still stopping, until its beans are destroyed. */
final class ShutdownProgress implements ApplicationListener<ContextClosedEvent>, DisposableBean {
  private static final Logger log = LoggerFactory.getLogger(ShutdownProgress.class);

  private final ApplicationContext service;
  private final IntSupplier requestsInFlight;
  private final Duration interval;
  private @Nullable Thread thread;

  /**
   * Reports nothing yet.
   *
   * @param interval between two lines
   */
  ShutdownProgress(ApplicationContext service, IntSupplier requestsInFlight, Duration interval) {
    this.service = service;
    this.requestsInFlight = requestsInFlight;
    this.interval = interval;
  }

  /**
   * Comes before anything is stopped; also from the management server's context, which does not
   * count.
   */
  @Override
  public void onApplicationEvent(ContextClosedEvent event) {
    if (event.getApplicationContext().equals(service)) {
      thread = Thread.ofPlatform().name("shutdown-progress").daemon().start(this::report);
    }
  }

  private void report() {
    long start = System.nanoTime();
    try {
      while (true) {
        TimeUnit.NANOSECONDS.sleep(interval.toNanos());
        log.atInfo()
            .addKeyValue("in_flight", requestsInFlight.getAsInt())
            .addKeyValue("duration_ms", Duration.ofNanos(System.nanoTime() - start).toMillis())
            .log("service still stopping");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void destroy() {
    if (thread != null) {
      thread.interrupt();
    }
  }
}
