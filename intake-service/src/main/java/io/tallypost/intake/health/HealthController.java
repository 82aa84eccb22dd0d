package io.tallypost.intake.health;

import com.fasterxml.jackson.annotation.JsonValue;
import io.tallypost.intake.send.AcceptPath;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.kit.view.CompactedView;
import java.util.Locale;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Shows everybody whether the service works. The platform's probes use the management port instead.
 */
@RestController
class HealthController {
  private final CompactedView<ApiKeyState> keys;
  private final AcceptPath acceptPath;
  private final Probe kafka;
  private final Probe postgresql;

  HealthController(
      CompactedView<ApiKeyState> keys,
      AcceptPath acceptPath,
      Probe kafkaProbe,
      Probe postgresqlProbe) {
    this.keys = keys;
    this.acceptPath = acceptPath;
    this.kafka = kafkaProbe;
    this.postgresql = postgresqlProbe;
  }

  enum Status {
    /** All parts are up. */
    HEALTHY,
    /** Not all are. */
    DEGRADED;

    @JsonValue
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  enum State {
    UP,
    DOWN;

    @JsonValue
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }

    private static State of(boolean up) {
      return up ? UP : DOWN;
    }
  }

  /**
   * How it is.
   *
   * @param acceptsMail whether mail is taken; the database's absence does not change that
   */
  record HealthAnswer(Status status, boolean acceptsMail, Parts parts) {}

  /**
   * How the parts are.
   *
   * @param apiKeys whether this process knows the keys
   * @param verdicts whether it hears quota's verdicts
   */
  record Parts(State kafka, State postgresql, State apiKeys, State verdicts) {
    boolean areAllUp() {
      return kafka == State.UP
          && postgresql == State.UP
          && apiKeys == State.UP
          && verdicts == State.UP;
    }

    boolean acceptMail() {
      return kafka == State.UP && apiKeys == State.UP && verdicts == State.UP;
    }
  }

  @GetMapping("/api/v1/health")
  ResponseEntity<HealthAnswer> health() {
    var broker = kafka.isUp();
    var database = postgresql.isUp();
    var parts =
        new Parts(
            State.of(broker.join()),
            State.of(database.join()),
            State.of(keys.isCaughtUp()),
            State.of(acceptPath.isReady()));
    return ResponseEntity.status(
            parts.acceptMail() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
        .body(
            new HealthAnswer(
                parts.areAllUp() ? Status.HEALTHY : Status.DEGRADED, parts.acceptMail(), parts));
  }
}
