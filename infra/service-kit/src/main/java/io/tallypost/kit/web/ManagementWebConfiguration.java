package io.tallypost.kit.web;

import io.tallypost.kit.problems.Problems;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;

/** The management port has a container and filters of its own: the same limits hold there. */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
class ManagementWebConfiguration {
  @Bean
  TomcatCustomizer managementTomcat(WebSettings settings, Problems problems) {
    return new TomcatCustomizer(settings, problems);
  }

  @Bean
  FilterRegistrationBean<QueryFilter> managementQueryFilter(Problems problems) {
    var registration = new FilterRegistrationBean<>(new QueryFilter(problems));
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE + 10);
    return registration;
  }
}
