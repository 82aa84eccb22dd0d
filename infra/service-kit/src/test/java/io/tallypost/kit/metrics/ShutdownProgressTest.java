package io.tallypost.kit.metrics;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.GenericApplicationContext;

/** An operator who stops a service sees that it has not hung. */
@ExtendWith(OutputCaptureExtension.class)
class ShutdownProgressTest {
  private static final String LINE = "service still stopping";
  private static final Duration SOON = Duration.ofMillis(5);

  @Test
  void isToldAgainAndAgainUntilTheServiceIsStopped(CapturedOutput output) {
    var service = service(SOON, () -> await().until(() -> lines(output) >= 2));
    assertThat(threads()).isEmpty();

    service.close();

    assertThat(lines(output)).isGreaterThanOrEqualTo(2);
    assertThat(output).contains("in_flight=3");
    await().untilAsserted(() -> assertThat(threads()).isEmpty());
  }

  @Test
  void isNotToldOfAServiceThatStopsAtOnce(CapturedOutput output) {
    service(Duration.ofHours(1), () -> {}).close();

    await().untilAsserted(() -> assertThat(threads()).isEmpty());
    assertThat(output).doesNotContain(LINE);
  }

  @Test
  void isNotToldWhereOnlyTheManagementServerStops() {
    try (var service = service(Duration.ofHours(1), () -> {})) {
      var management = new GenericApplicationContext(service);
      management.refresh();

      management.close();

      assertThat(threads()).isEmpty();
    }
  }

  private static GenericApplicationContext service(Duration interval, Runnable stop) {
    var service = new GenericApplicationContext();
    service.registerBean(
        ShutdownProgress.class, () -> new ShutdownProgress(service, () -> 3, interval));
    service.registerBean(Stopping.class, () -> new Stopping(stop));
    service.refresh();
    return service;
  }

  private static long lines(CapturedOutput output) {
    return output.getOut().lines().filter(line -> line.contains(LINE)).count();
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter("shutdown-progress"::equals)
        .toList();
  }

  /** A part of the service that takes its time. */
  private static final class Stopping implements SmartLifecycle {
    private final Runnable stop;
    private boolean running;

    Stopping(Runnable stop) {
      this.stop = stop;
    }

    @Override
    public void start() {
      running = true;
    }

    @Override
    public void stop() {
      stop.run();
      running = false;
    }

    @Override
    public boolean isRunning() {
      return running;
    }
  }
}
