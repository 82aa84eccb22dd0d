package io.tallypost.intake.json;

import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.HeaderText;
import io.tallypost.mail.Mailbox;
import org.jspecify.annotations.Nullable;

/**
 * Reads a mailbox as people write it (RFC 5322, section 3.4): {@code a@b}, {@code <a@b>}, {@code
 * Name <a@b>} or {@code "Name, quoted" <a@b>}, with blanks and tabs around each. All failures are
 * {@link IllegalArgumentException}s that follow the field's name and never repeat what was read.
 */
final class AddressText {
  /** RFC 5322, section 2.1.1: what fits one line. */
  private static final int LONGEST_NAME = 998;

  private AddressText() {}

  /** Reads any of the forms. */
  static Mailbox parse(String text) {
    // A tab is a blank here; where it is not around something, what is read below refuses it.
    HeaderText.check(text.replace('\t', ' '));
    String trimmed = trimmed(text);
    int open = bracket(trimmed);
    if (open < 0) {
      return mailbox(null, trimmed);
    }
    if (!trimmed.endsWith(">")) {
      throw new IllegalArgumentException(
          "has a < without a > at its end: expected Name <local-part@domain>");
    }
    String address = trimmed.substring(open + 1, trimmed.length() - 1);
    return mailbox(displayName(trimmed(trimmed.substring(0, open))), address);
  }

  /** The place of the first < outside quotes (a name or a local part may have one); -1 for none. */
  private static int bracket(String text) {
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '\\' && quoted) {
        i++;
      } else if (c == '<' && !quoted) {
        return i;
      }
    }
    if (text.endsWith(">")) {
      throw new IllegalArgumentException(
          quoted
              ? "has a quoted name without its closing quote"
              : "has a > without a <: expected Name <local-part@domain>");
    }
    return -1;
  }

  /** Without blanks and tabs at its ends; invisible characters do not count as blanks. */
  private static String trimmed(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isBlank(text.charAt(start))) {
      start++;
    }
    while (start < end && isBlank(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private static Mailbox mailbox(@Nullable String name, String address) {
    checkName(name);
    return new Mailbox(name, address(address));
  }

  static void checkName(@Nullable String name) {
    if (name == null) {
      return;
    }
    HeaderText.check(name);
    if (name.length() > LONGEST_NAME) {
      throw new IllegalArgumentException("has a name of more than " + LONGEST_NAME + " characters");
    }
  }

  /** Reads the address between the brackets, or alone. */
  static EmailAddress address(String text) {
    String address = trimmed(text);
    HeaderText.check(address);
    return new EmailAddress(address);
  }

  private static String displayName(String phrase) {
    if (phrase.startsWith("\"")) {
      return unquoted(phrase);
    }
    for (int i = 0; i < phrase.length(); i++) {
      // A comma or semicolon unquoted means two mailboxes (RFC 5322): one would get no mail.
      if ("<>,;\"".indexOf(phrase.charAt(i)) >= 0) {
        throw new IllegalArgumentException(
            "has %s in an unquoted name; put the name in double quotes, or send {email, name}"
                .formatted(phrase.charAt(i)));
      }
    }
    return phrase;
  }

  private static String unquoted(String phrase) {
    var name = new StringBuilder();
    int i = 1;
    while (i < phrase.length() && phrase.charAt(i) != '"') {
      if (phrase.charAt(i) == '\\' && i + 1 < phrase.length()) {
        i++;
      }
      name.append(phrase.charAt(i));
      i++;
    }
    if (i >= phrase.length()) {
      throw new IllegalArgumentException("has a quoted name without its closing quote");
    }
    if (i < phrase.length() - 1) {
      throw new IllegalArgumentException(
          "has text after its quoted name; write \\\" for a quote inside the name");
    }
    return name.toString();
  }
}
