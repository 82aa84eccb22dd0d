package io.tallypost.intake.admin;

import io.tallypost.kit.json.Faults;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.mail.HeaderText;
import java.util.Optional;

/** Reads the name that people give a thing. */
public final class NameField {
  private static final int LONGEST = 100;

  private NameField() {}

  public static String required(JsonObject body, Faults faults) {
    if (!body.has("name") && !body.isNull("name")) {
      faults.add("/name", "is required");
    }
    return read(body, "", faults);
  }

  public static String read(JsonObject body, String before, Faults faults) {
    refuseNull(body, "name", faults);
    Optional<String> name = body.text("name").map(String::strip);
    if (name.isEmpty()) {
      return before;
    }
    try {
      HeaderText.check(name.get());
    } catch (IllegalArgumentException e) {
      faults.add("/name", String.valueOf(e.getMessage()));
    }
    if (name.get().isEmpty()) {
      faults.add("/name", "is blank");
    } else if (name.get().length() > LONGEST) {
      faults.add("/name", "is longer than " + LONGEST + " characters");
    }
    return name.get();
  }

  /** For a field that can be changed and not cleared. */
  public static void refuseNull(JsonObject body, String field, Faults faults) {
    if (body.isNull(field)) {
      faults.add(body.pointer(field), "cannot be cleared");
    }
  }
}
