package io.tallypost.kit.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** A service whose loop may need 45 s to stop. */
class LoopsConfigurationTest {
  private final ApplicationContextRunner service =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(LoopsConfiguration.class))
          .withInitializer(context ->
              context
                  .getBeanFactory()
                  .setConversionService(ApplicationConversionService.getSharedInstance()))
          .withBean(Shutdowns.class, () -> new Shutdowns(new SimpleMeterRegistry(), () -> 0))
          .withBean(Looping.class, LoopsConfigurationTest::slow);

  @Test
  void startsWhereSpringWaitsLonger() {
    service
        .withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=46s")
        .run(context -> assertThat(context).hasNotFailed());
  }

  @Test
  void stopsTheStartWhereSpringWouldNotWaitForIt() {
    service.run(context ->
        assertThat(context)
            .getFailure()
            .hasMessage(
                "spring.lifecycle.timeout-per-shutdown-phase is 30 s and must be longer than the 45 s"
                    + " that slow may need to stop"));
  }

  private static Looping slow() {
    var loop =
        new Loop(
            "slow",
            LoopPolicy.waitingFor(Away.KAFKA).draining(Duration.ofSeconds(45)),
            it -> {
              while (!it.isStopping()) {
                it.pause(Duration.ofMillis(10));
              }
            });
    return () -> loop;
  }
}
