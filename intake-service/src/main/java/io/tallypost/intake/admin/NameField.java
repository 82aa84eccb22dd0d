package io.tallypost.intake.admin;

import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.mail.HeaderText;
import java.util.Optional;

/** Reads the name that people give a thing. */
public final class NameField {
  private static final int LONGEST = 100;

  private NameField() {}

  public static String required(JsonObject body, FieldProblems problems) {
    if (!body.has("name") && !body.isNull("name")) {
      problems.add("/name", "is required");
    }
    return read(body, "", problems);
  }

  public static String read(JsonObject body, String before, FieldProblems problems) {
    refuseNull(body, "name", problems);
    Optional<String> name = body.text("name").map(String::strip);
    if (name.isEmpty()) {
      return before;
    }
    try {
      HeaderText.check(name.get());
    } catch (IllegalArgumentException e) {
      problems.add("/name", String.valueOf(e.getMessage()));
    }
    if (name.get().isEmpty()) {
      problems.add("/name", "is blank");
    } else if (name.get().length() > LONGEST) {
      problems.add("/name", "is longer than " + LONGEST + " characters");
    }
    return name.get();
  }

  /** For a field that can be changed and not cleared. */
  public static void refuseNull(JsonObject body, String field, FieldProblems problems) {
    if (body.isNull(field)) {
      problems.add(body.pointer(field), "cannot be cleared");
    }
  }
}
