package io.tallypost.audit;

import io.tallypost.kit.settings.TallypostService;
import java.util.Arrays;
import java.util.stream.Stream;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/**
 * Keeps the send log, the timelines and the dead letters, and serves them over REST. With {@code
 * --rebuild} it projects them again from the topics, and ends.
 */
@SpringBootApplication
@ConfigurationPropertiesScan
public class AuditServiceApplication {
  /** The argument without its dashes. */
  public static final String REBUILD = "rebuild";

  public static void main(String[] args) {
    TallypostService.run(AuditServiceApplication.class, withoutCallers(args));
  }

  /**
   * During a rebuild nobody may search half a log, or replay a letter whose end has not been read
   * yet. So the ports are random, and open to this machine only.
   */
  static String[] withoutCallers(String... args) {
    if (!Arrays.asList(args).contains("--" + REBUILD)) {
      return args;
    }
    return Stream.concat(
            Arrays.stream(args),
            Stream.of(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--management.server.port=0",
                "--management.server.address=127.0.0.1"))
        .toArray(String[]::new);
  }
}
