package io.tallypost.kit.logging;

import io.tallypost.kit.keys.ApiKeyConfiguration;
import java.time.InstantSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.boot.logging.LoggerGroups;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.annotation.Bean;

/** Records changes at the management port, in every service. */
@AutoConfiguration(
    after = ApiKeyConfiguration.class,
    beforeName =
        "org.springframework.boot.actuate.autoconfigure.logging.LoggersEndpointAutoConfiguration")
public class AdminLogConfiguration {

  /** Replaces Spring Boot's own. */
  @Bean
  LogLevels loggersEndpoint(
      LoggingSystem logging,
      LoggerGroups groups,
      KafkaProperties kafka,
      @Value("${spring.application.name:tallypost}") String service,
      InstantSource clock) {
    return new LogLevels(logging, groups, new AdminEntries(kafka), service, clock);
  }
}
