package io.tallypost.kit.logging;

import io.tallypost.events.AdminEntry;
import io.tallypost.events.AdminEntry.Actor;
import io.tallypost.kit.callers.Actors;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.logging.LoggersEndpoint;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggerGroup;
import org.springframework.boot.logging.LoggerGroups;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/**
 * The levels of the loggers, whose changes are in the admin log: what is no longer logged, or is
 * logged in more detail than anybody should see, was somebody's doing. A change that cannot be
 * recorded is not made, and one that cannot be made is not recorded.
 */
class LogLevels extends LoggersEndpoint {
  private static final String FIELD = "level";

  private final LoggerGroups groups;
  private final AdminEntries entries;
  private final String service;
  private final InstantSource clock;

  LogLevels(
      LoggingSystem logging,
      LoggerGroups groups,
      AdminEntries entries,
      String service,
      InstantSource clock) {
    super(logging, groups);
    this.groups = groups;
    this.entries = entries;
    this.service = service;
    this.clock = clock;
  }

  @Override
  @WriteOperation
  public void configureLogLevel(@Selector String name, @Nullable LogLevel configuredLevel) {
    if (configuredLevel == null && concernsRoot(name)) {
      // Logback refuses it, which would be after the entry.
      throw new ResponseStatusException(
          HttpStatus.BAD_REQUEST,
          "The root logger has no parent to have its level from; configuredLevel must name a level.");
    }
    LoggerLevelsDescriptor now = loggerLevels(name);
    var entry =
        AdminEntry.of(
                clock.instant(),
                service,
                Actors.current().orElse(Actor.START),
                "log_level.changed",
                name,
                null,
                null)
            .changed(
                List.of(FIELD),
                level(now == null ? null : now.getConfiguredLevel()),
                level(configuredLevel == null ? null : configuredLevel.name()));
    try {
      entries.write(entry);
    } catch (KafkaException e) {
      throw new ResponseStatusException(
          HttpStatus.SERVICE_UNAVAILABLE,
          "Kafka does not take the entry of the admin log; the level was left as it is. Try again.",
          e);
    }
    super.configureLogLevel(name, configuredLevel);
  }

  private boolean concernsRoot(String name) {
    LoggerGroup group = groups.get(name);
    List<String> loggers = group == null ? List.of(name) : group.getMembers();
    return loggers.stream().anyMatch(LoggingSystem.ROOT_LOGGER_NAME::equalsIgnoreCase);
  }

  /** A logger without a level of its own has its parent's. */
  private static Map<String, Object> level(@Nullable String configured) {
    return Map.of(FIELD, configured == null ? "inherited" : configured);
  }
}
