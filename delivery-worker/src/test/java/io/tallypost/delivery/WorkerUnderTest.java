package io.tallypost.delivery;

import static io.tallypost.kit.testing.Waits.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.testing.ApiContract;
import io.tallypost.kit.testing.Backends;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.relays.RelayState;
import io.tallypost.stack.smtp.SmtpSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** A whole worker in this JVM, with a ladder of a few hundred milliseconds. */
final class WorkerUnderTest implements AutoCloseable {
  /** So long that the acceptance of the examples, a fixed day, is within it; and after 1970. */
  static final Duration MAX_AGE = Duration.ofDays(14_600);

  private final ConfigurableApplicationContext context;

  private WorkerUnderTest(ConfigurableApplicationContext context) {
    this.context = context;
  }

  /** Starts one that sends to this sink, and waits until it has its partitions. */
  static WorkerUnderTest start(SmtpSink sink, String... settings) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--spring.kafka.bootstrap-servers=" + Backends.kafka(),
                "--spring.main.banner-mode=off",
                "--tallypost.topics.partitions=4",
                "--tallypost.topics.small-partitions=2",
                "--tallypost.delivery.retry.delays=300ms,600ms",
                "--tallypost.delivery.retry.max-age=" + MAX_AGE.toDays() + "d",
                "--tallypost.delivery.relay.host=" + sink.host(),
                "--tallypost.delivery.relay.port=" + sink.port(),
                "--tallypost.delivery.relay.security=none",
                "--management.server.port=0",
                "--server.port=0"));
    for (String setting : settings) {
      // Spring would take both values for a list.
      String name = setting.substring(0, setting.indexOf('=') + 1);
      arguments.removeIf(argument -> argument.startsWith(name));
      arguments.add(setting);
    }
    var worker =
        new WorkerUnderTest(
            new SpringApplicationBuilder(DeliveryWorkerApplication.class)
                .web(WebApplicationType.SERVLET)
                .run(arguments.toArray(String[]::new)));
    await().until(worker::isReady);
    return worker;
  }

  ApplicationContext context() {
    return context;
  }

  /** What its endpoints owe their callers. */
  ApiContract api() {
    return new ApiContract(context);
  }

  boolean isReady() {
    return health("readiness").equals("UP");
  }

  boolean isAlive() {
    return health("liveness").equals("UP");
  }

  private String health(String group) {
    var endpoint =
        context.getBean(org.springframework.boot.health.actuate.endpoint.HealthEndpoint.class);
    return Objects.requireNonNull(endpoint.healthForPath(group)).getStatus().getCode();
  }

  /** How many mails it has put aside for this reason since its start. */
  double parked(String reason) {
    return part(MeterRegistry.class)
        .get("tallypost.messages.parked")
        .tag("reason", reason)
        .counter()
        .count();
  }

  /** How many mails it has delivered since its start. */
  double delivered() {
    return part(MeterRegistry.class).find("tallypost.messages.delivered").counters().stream()
        .mapToDouble(Counter::count)
        .sum();
  }

  <T> T part(Class<T> type) {
    return context.getBean(type);
  }

  @SuppressWarnings("unchecked") // the bean's declared type has it
  CompactedView<RelayState> relays() {
    return (CompactedView<RelayState>) context.getBean("relayStates");
  }

  @SuppressWarnings("unchecked") // the bean's declared type has it
  CompactedView<TenantState> tenants() {
    return (CompactedView<TenantState>) context.getBean("tenants");
  }

  /** As SIGTERM does. */
  @Override
  public void close() {
    context.close();
  }
}
