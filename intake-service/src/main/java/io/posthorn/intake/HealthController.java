package io.posthorn.intake;

import io.posthorn.config.CompactedView;
import io.posthorn.intake.admin.Database;
import io.posthorn.intake.send.AcceptPath;
import io.posthorn.keys.ApiKeyState;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tells anybody whether mail is taken, and how the parts are. */
@RestController
class HealthController {
  private final CompactedView<ApiKeyState> keys;
  private final AcceptPath acceptPath;
  private final Database database;

  HealthController(CompactedView<ApiKeyState> keys, AcceptPath acceptPath, Database database) {
    this.keys = keys;
    this.acceptPath = acceptPath;
    this.database = database;
  }

  /**
   * How it is.
   *
   * @param status {@code up} where mail is taken; the database's absence does not change that
   */
  record HealthAnswer(String status, Map<String, String> parts) {}

  @GetMapping("/api/v1/health")
  ResponseEntity<HealthAnswer> health() {
    boolean up = keys.isCaughtUp() && acceptPath.isReady();
    var parts = new LinkedHashMap<String, String>();
    parts.put("api_keys", state(keys.isCaughtUp()));
    parts.put("verdicts", state(acceptPath.isReady()));
    parts.put("database", state(database.isUp()));
    return ResponseEntity.status(up ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
        .body(new HealthAnswer(state(up), parts));
  }

  private static String state(boolean up) {
    return up ? "up" : "down";
  }
}
