package io.tallypost.intake.admin;

import io.tallypost.kit.json.JsonObject;
import io.tallypost.mail.HeaderText;
import java.util.Optional;

/** Reads the name that people give a thing. */
public final class NameField {
  private static final int LONGEST = 100;

  private NameField() {}

  public static String required(JsonObject body) {
    if (!body.has("name") && !body.isNull("name")) {
      body.problem("name", "is required");
    }
    return read(body, "");
  }

  public static String read(JsonObject body, String before) {
    refuseNull(body, "name");
    Optional<String> name = body.text("name").map(String::strip);
    if (name.isEmpty()) {
      return before;
    }
    body.check("name", () -> HeaderText.check(name.get()));
    if (name.get().isEmpty()) {
      body.problem("name", "is blank");
    } else if (name.get().length() > LONGEST) {
      body.problem("name", "is longer than " + LONGEST + " characters");
    }
    return name.get();
  }

  /** For a field that can be changed and not cleared. */
  public static void refuseNull(JsonObject body, String field) {
    if (body.isNull(field)) {
      body.problem(field, "cannot be cleared");
    }
  }
}
