package io.tallypost.intake.keys;

import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.json.JsonObject;
import java.time.DateTimeException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a rotation was asked for: {@code overlap}, in seconds or as an ISO 8601 duration. */
final class RotationBody {
  private static final Duration DEFAULT = Duration.ofHours(24);
  private static final Duration LONGEST = Duration.ofDays(30);

  private RotationBody() {}

  /** Reads how long the replaced secret is to live; a request without a body takes the default. */
  static Duration overlap(byte @Nullable [] bytes, FieldProblems problems) {
    JsonObject body = JsonBody.readOptional(bytes, problems);
    Duration overlap = body.has("overlap") ? read(body, problems) : DEFAULT;
    if (overlap.isNegative() || overlap.compareTo(LONGEST) > 0) {
      problems.add("/overlap", "must be 0 to 30 days");
    }
    body.refuseUnknown();
    return overlap;
  }

  private static Duration read(JsonObject body, FieldProblems problems) {
    if (body.any("overlap").orElseThrow().isNumber()) {
      return body.wholeNumber("overlap").map(Duration::ofSeconds).orElse(DEFAULT);
    }
    try {
      return body.text("overlap").map(Duration::parse).orElse(DEFAULT);
    } catch (DateTimeException e) {
      problems.add("/overlap", "must be seconds, or an ISO 8601 duration as PT24H");
      return DEFAULT;
    }
  }
}
