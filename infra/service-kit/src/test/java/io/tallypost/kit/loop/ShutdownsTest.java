package io.tallypost.kit.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ShutdownsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicInteger requests = new AtomicInteger();
  private final Shutdowns shutdowns = new Shutdowns(registry, requests::get);

  @Test
  void aStopIsGracefulWhereNothingIsLeft() {
    assertThat(count("graceful")).isZero();
    assertThat(count("forced")).isZero();

    shutdowns.stop();

    assertThat(count("graceful")).isEqualTo(1);
    assertThat(count("forced")).isZero();
  }

  @Test
  void aStopIsForcedWhereRequestsAreStillAnswered() {
    requests.set(1);

    shutdowns.stop();

    assertThat(count("forced")).isEqualTo(1);
  }

  @Test
  void aStopIsForcedOnceHoweverMuchWasLeftUnfinished() {
    shutdowns.cutShort();
    shutdowns.cutShort();

    shutdowns.stop();

    assertThat(count("forced")).isEqualTo(1);
    assertThat(count("graceful")).isZero();
  }

  private double count(String mode) {
    return registry.get("tallypost.shutdowns").tag("mode", mode).counter().count();
  }
}
