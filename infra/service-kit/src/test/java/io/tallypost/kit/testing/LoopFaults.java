package io.tallypost.kit.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.loop.LoopsConfiguration;
import io.tallypost.kit.loop.Shutdowns;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.type.filter.AssignableTypeFilter;
import org.springframework.util.ClassUtils;

/**
 * What every loop of a service does when what it uses fails: it waits for what is away, and dies of
 * all else, so that liveness shows it; and a stop ends it. One empty subclass per service; each
 * package with loops names them in a {@link Rows}, and a loop without a row fails the test.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class LoopFaults {

  /** What may happen to a loop. */
  public enum Fault {
    BROKER_AWAY,
    DATABASE_AWAY,
    /** PostgreSQL cannot read a statement. */
    BAD_SQL,
    /** An exception that nobody foresaw. */
    UNEXPECTED,
    /** An interrupt that nobody asked for. */
    INTERRUPTED;

    boolean isAway() {
      return this == BROKER_AWAY || this == DATABASE_AWAY;
    }
  }

  /** The loops of one package. */
  public interface Rows {
    Stream<Row> rows();
  }

  /**
   * A loop.
   *
   * @param type the simple name of its class
   * @param faults what may happen to it
   * @param made makes it out of what runs into this trouble
   */
  public record Row(String type, Set<Fault> faults, Function<Trouble, Looping> made) {

    /** A loop that uses brokers alone. */
    public static Row ofBrokers(String type, Function<Trouble, Looping> made) {
      return new Row(type, Set.of(Fault.BROKER_AWAY, Fault.UNEXPECTED, Fault.INTERRUPTED), made);
    }

    /** A loop that uses PostgreSQL alone. */
    public static Row ofDatabase(String type, Function<Trouble, Looping> made) {
      return new Row(
          type,
          Set.of(Fault.DATABASE_AWAY, Fault.BAD_SQL, Fault.UNEXPECTED, Fault.INTERRUPTED),
          made);
    }

    /** A loop that uses both. */
    public static Row ofBoth(String type, Function<Trouble, Looping> made) {
      return new Row(type, Set.of(Fault.values()), made);
    }
  }

  /** The topmost package of a service, or of the kit. */
  private String service() {
    return Stream.of(getClass().getPackageName().split("\\.", -1))
        .limit(3)
        .collect(Collectors.joining("."));
  }

  private Stream<Row> rows() {
    return classes(Rows.class).stream()
        .map(type -> (Rows) BeanUtils.instantiateClass(type))
        .flatMap(Rows::rows);
  }

  private List<Class<?>> classes(Class<?> kind) {
    var scanner =
        new ClassPathScanningCandidateComponentProvider(false) {
          @Override
          protected boolean isCandidateComponent(AnnotatedBeanDefinition type) {
            return type.getMetadata().isConcrete();
          }
        };
    scanner.addIncludeFilter(new AssignableTypeFilter(kind));
    return scanner.findCandidateComponents(service()).stream()
        .<Class<?>>map(found ->
            ClassUtils.resolveClassName(Objects.requireNonNull(found.getBeanClassName()), null))
        .toList();
  }

  @Test
  void everyLoopIsInTheTable() {
    assertThat(classes(Looping.class))
        .isNotEmpty()
        .extracting(Class::getSimpleName)
        .containsExactlyInAnyOrderElementsOf(rows().map(Row::type).distinct().toList());
  }

  Stream<Arguments> cases() {
    return rows()
        .flatMap(row ->
            row.faults().stream().sorted().map(fault -> Arguments.of(row.type(), fault, row)));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void waitsForWhatIsAwayDiesOfAllElseAndEndsWithItsStop(String type, Fault fault, Row row) {
    var trouble = new Trouble(fault);
    Looping bean = row.made().apply(trouble);
    assertThat(bean.getClass().getSimpleName()).isEqualTo(type);
    Loop loop = bean.loop();
    var stopped = new AtomicLong();

    running(bean)
        .run(context -> {
          soon().until(() -> trouble.met() > 0);
          if (fault.isAway()) {
            soon()
                .until(() -> {
                  // The longest pauses are hours.
                  loop.wake();
                  return trouble.met() > 2;
                });
            assertThat(liveness(context, loop)).isEqualTo(Status.UP);
          } else {
            if (fault == Fault.INTERRUPTED) {
              assertThat(liveness(context, loop)).isEqualTo(Status.UP);
              LoopContract.thread(loop.name()).orElseThrow().interrupt();
            }
            soon().until(() -> liveness(context, loop).equals(Status.DOWN));
            assertThat(trouble.met()).as("tries").isEqualTo(1);
          }
          stopped.set(System.nanoTime());
        });

    assertThat(Duration.ofNanos(System.nanoTime() - stopped.get())).isLessThan(loop.drain());
    assertThat(bean.isRunning()).isFalse();
    assertThat(LoopContract.thread(loop.name())).isEmpty();
  }

  /** As the service's own context starts it, shows it and stops it. */
  private static ApplicationContextRunner running(Looping bean) {
    return new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(LoopsConfiguration.class))
        .withInitializer(context ->
            context
                .getBeanFactory()
                .setConversionService(ApplicationConversionService.getSharedInstance()))
        .withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=5m")
        .withBean(Shutdowns.class, () -> new Shutdowns(new SimpleMeterRegistry(), () -> 0))
        .withBean(Looping.class, () -> bean);
  }

  private static Status liveness(ApplicationContext context, Loop loop) {
    return LoopContract.liveness(context, loop.name());
  }

  private static ConditionFactory soon() {
    return Waits.await().pollInterval(Duration.ofMillis(10));
  }
}
