package io.tallypost.mail;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * An address with the name that people see beside it.
 *
 * @param name the display name, without control characters; null if there is none
 * @param address where the mail goes
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Mailbox(@Nullable String name, EmailAddress address) {

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if the name has a character that a header must not have
   */
  public Mailbox {
    if (name != null) {
      HeaderText.check(name);
      name = name.isBlank() ? null : name;
    }
  }

  public static Mailbox of(EmailAddress address) {
    return new Mailbox(null, address);
  }

  @Override
  public String toString() {
    return address.masked();
  }
}
