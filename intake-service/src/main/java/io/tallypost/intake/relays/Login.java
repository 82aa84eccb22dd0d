package io.tallypost.intake.relays;

import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.problems.FieldProblem;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.relays.KeyRing;
import io.tallypost.mail.HeaderText;
import io.tallypost.relays.RelaySecurity;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.SealedSecret;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** The user and password for a relay; both are null without login. */
record Login(@Nullable String user, @Nullable SealedSecret password) {
  private static final Login NONE = new Login(null, null);
  private static final int LONGEST = 1_000;

  /**
   * Reads user and password; absent stays, null for both ends the login.
   *
   * @throws ProblemException 422 if there is a password and no key to seal it by
   */
  static Login read(JsonObject body, RelayState before, RelaySecurity security, KeyRing keys) {
    Optional<String> password = text(body, "password");
    if (password.isPresent() && keys.sealingKeyId().isEmpty()) {
      throw keyMissing();
    }
    String user = body.isNull("user") ? null : text(body, "user").orElse(before.user());
    SealedSecret sealed =
        body.isNull("password")
            ? null
            : password
                .map(secret -> keys.seal(secret, before.passwordOwner()))
                .orElse(before.password());
    if ((user == null) != (sealed == null)) {
      body.problem(user == null ? "user" : "password", "is required: a login has both");
      return NONE;
    }
    if (user != null && security == RelaySecurity.NONE) {
      body.problem("security", "must be starttls or tls with a login: none shows the password");
    }
    return new Login(user, sealed);
  }

  /** Refuses a password that cannot be sealed. */
  static ProblemException keyMissing() {
    return new ProblemException(
        HttpStatus.UNPROCESSABLE_CONTENT,
        "encryption_key_missing",
        "Relays' passwords are kept sealed, and there is no key to seal them by: set EMAIL_ENCRYPTION_KEY at intake and at the workers to what `make encryption-key` prints.",
        List.of(new FieldProblem("/password", "cannot be sealed")));
  }

  /** The value of a field, or anything but empty where it is wrong. */
  private static Optional<String> text(JsonObject body, String field) {
    Optional<String> text = body.text(field);
    text.ifPresent(value -> {
      body.check(field, () -> HeaderText.check(value));
      if (value.isEmpty()) {
        body.problem(field, "is empty; null ends the login");
      } else if (value.length() > LONGEST) {
        body.problem(field, "is longer than " + LONGEST + " characters");
      }
    });
    return text;
  }

  @Override
  public String toString() {
    return user == null ? "no login" : "login";
  }
}
