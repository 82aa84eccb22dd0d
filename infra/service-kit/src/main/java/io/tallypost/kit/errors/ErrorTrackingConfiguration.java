package io.tallypost.kit.errors;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** Reports unexpected exceptions if configured. */
@AutoConfiguration
@EnableConfigurationProperties(ErrorSettings.class)
public class ErrorTrackingConfiguration {

  @Bean
  ErrorTracking errorTracking(ErrorSettings settings, Environment environment) {
    return new ErrorTracking(settings, environment.getProperty("spring.application.name", ""));
  }
}
