package io.tallypost.kit.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggerConfiguration;
import org.springframework.boot.logging.LoggerGroups;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.web.server.ResponseStatusException;

class LogLevelsIT {
  private static final String LOGGER = "io.tallypost.test.LogLevelsIT";

  @Test
  void whatCannotBeRecordedIsNotDone() {
    var kafka = new KafkaProperties();
    // Nobody listens there.
    kafka.setBootstrapServers(List.of("127.0.0.1:1"));
    var logging = LoggingSystem.get(LogLevelsIT.class.getClassLoader());
    var levels =
        new LogLevels(
            logging,
            new LoggerGroups(),
            new AdminEntries(kafka),
            "intake-service",
            InstantSource.system());
    logging.setLogLevel(LOGGER, LogLevel.WARN);

    assertThatThrownBy(() -> levels.configureLogLevel(LOGGER, LogLevel.TRACE))
        .isInstanceOf(ResponseStatusException.class)
        .hasMessageContaining("503");

    assertThat(logging.getLoggerConfiguration(LOGGER))
        .extracting(LoggerConfiguration::getConfiguredLevel)
        .isEqualTo(LogLevel.WARN);
  }
}
