package io.tallypost.intake.inflight;

import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.intake.IntakeSettings;
import io.tallypost.kit.problems.Problems;
import jakarta.servlet.Filter;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the bounds in front of the API. */
@Configuration(proxyBeanMethods = false)
class InFlightConfiguration {
  private static final String API = "/api/*";

  /** Behind Spring Security (-100) and what tells every sender its limits (-50). */
  private static final int AFTER_SECURITY = -40;

  /** After the limit of a single body (0): what is too large takes no memory. */
  private static final int AFTER_BODY_LIMIT = 10;

  @Bean
  ByteBudget byteBudget(IntakeSettings settings) {
    return new ByteBudget(Runtime.getRuntime().maxMemory() / 100 * settings.requestMemoryPercent());
  }

  @Bean
  AdminTurns adminTurns() {
    return new AdminTurns();
  }

  @Bean
  InFlightMetrics inFlightMetrics(MeterRegistry registry, ByteBudget budget) {
    return new InFlightMetrics(registry, budget);
  }

  @Bean
  FilterRegistrationBean<ConcurrencyFilter> concurrencyFilter(
      IntakeSettings settings, InFlightMetrics metrics, Problems problems) {
    var filter =
        new ConcurrencyFilter(
            new ConcurrencyLimit(settings.requestsInFlightPerKey()),
            new ConcurrencyLimit(settings.requestsInFlightPerTenant()),
            metrics,
            problems);
    return inFrontOfTheApi(filter, AFTER_SECURITY);
  }

  @Bean
  FilterRegistrationBean<ByteBudgetFilter> byteBudgetFilter(
      ByteBudget budget, InFlightMetrics metrics, Problems problems) {
    return inFrontOfTheApi(new ByteBudgetFilter(budget, metrics, problems), AFTER_BODY_LIMIT);
  }

  private static <F extends Filter> FilterRegistrationBean<F> inFrontOfTheApi(F filter, int order) {
    var registration = new FilterRegistrationBean<>(filter);
    registration.addUrlPatterns(API);
    registration.setOrder(order);
    return registration;
  }
}
