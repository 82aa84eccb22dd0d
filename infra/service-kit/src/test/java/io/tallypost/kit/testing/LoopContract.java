package io.tallypost.kit.testing;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.Optional;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ApplicationContext;

/** What holds for every loop of every service: none dies unnoticed. */
public final class LoopContract {
  private static final Duration BOOTS_PHASE = Duration.ofSeconds(30);

  private LoopContract() {}

  /**
   * Sees that each loop has its time to stop, and that liveness shows it. Ends it by an interrupt
   * that nobody asked for, sees that in liveness, and starts it again; but not the members of
   * groups, which tests share: interrupted, they could not leave them.
   *
   * @param names some that there must be
   */
  public static void seesEachDeath(ApplicationContext service, String... names) {
    Collection<Looping> beans = service.getBeansOfType(Looping.class).values();
    assertThat(beans).extracting(bean -> bean.loop().name()).contains(names);
    Duration phase =
        service
            .getEnvironment()
            .getProperty(
                "spring.lifecycle.timeout-per-shutdown-phase", Duration.class, BOOTS_PHASE);
    assertThat(beans)
        .as("what stops before Spring gives it up")
        .allSatisfy(bean -> assertThat(bean.loop().drain()).isLessThan(phase));
    for (Looping bean : beans) {
      String name = bean.loop().name();
      assertThat(liveness(service, name)).as(name).isEqualTo(Status.UP);
      // One that is done for good has no thread any more.
      thread(name)
          .filter(_ -> !bean.joins())
          .ifPresent(thread -> {
            thread.interrupt();
            await().alias(name).until(() -> liveness(service, name).equals(Status.DOWN));
            bean.start();
            assertThat(liveness(service, name)).as(name).isEqualTo(Status.UP);
          });
    }
  }

  /** What liveness says of a loop. */
  static Status liveness(ApplicationContext service, String loop) {
    var all = service.getBean("loopsAlive", CompositeHealthContributor.class);
    var one = (HealthIndicator) Objects.requireNonNull(all.getContributor(loop), loop);
    return Objects.requireNonNull(one.health()).getStatus();
  }

  static Optional<Thread> thread(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .findFirst();
  }
}
