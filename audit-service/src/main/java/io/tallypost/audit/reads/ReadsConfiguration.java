package io.tallypost.audit.reads;

import io.tallypost.kit.problems.Problems;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the limits in front of all reads. */
@Configuration(proxyBeanMethods = false)
class ReadsConfiguration {
  /** Behind Spring Security (-100), which finds out who calls. */
  private static final int AFTER_SECURITY = -50;

  @Bean
  FilterRegistrationBean<ReadFilter> readFilter(ReadTurns turns, Problems problems) {
    var registration = new FilterRegistrationBean<>(new ReadFilter(turns, problems));
    registration.addUrlPatterns("/api/*");
    registration.setOrder(AFTER_SECURITY);
    return registration;
  }
}
