package io.tallypost.audit.replay;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The state of a replay. */
enum ReplayState {
  /** Letters go out at its rate. */
  RUNNING,
  /** It keeps its letters, and none goes out. */
  PAUSED,
  /** Each of its letters went out, or was skipped. */
  DONE,
  /** Its letters that had not gone out wait again. */
  CANCELLED;

  @JsonValue
  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static ReplayState of(String wireName) {
    return valueOf(wireName.toUpperCase(Locale.ROOT));
  }
}
