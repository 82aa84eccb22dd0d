package io.tallypost.stack.smtp;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The argument of MAIL or RCPT: an address in angle brackets, then parameters. */
record SmtpPath(String address, String parameters) {

  /** Reads {@code FROM:<a@b> SIZE=1}; nothing when it is malformed. */
  static Optional<SmtpPath> parse(String argument, String keyword) {
    if (!argument.regionMatches(true, 0, keyword, 0, keyword.length())) {
      return Optional.empty();
    }
    String path = argument.substring(keyword.length()).stripLeading();
    int end = path.startsWith("<") ? closingBracket(path) : -1;
    if (end < 0 || (end + 1 < path.length() && path.charAt(end + 1) != ' ')) {
      return Optional.empty();
    }
    return Optional.of(new SmtpPath(path.substring(1, end), path.substring(end + 1).strip()));
  }

  /** A quoted local part may contain the bracket. */
  private static int closingBracket(String path) {
    boolean quoted = false;
    for (int i = 1; i < path.length(); i++) {
      char c = path.charAt(i);
      if (quoted && c == '\\') {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == '>' && !quoted) {
        return i;
      }
    }
    return -1;
  }

  /** The parameters one by one, as they came. */
  List<String> each() {
    return Arrays.stream(parameters.split(" ", -1)).filter(one -> !one.isEmpty()).toList();
  }

  /** The size that the client announces (RFC 1870), 0 when it does not. */
  long announcedSize() {
    for (String parameter : parameters.toUpperCase(Locale.ROOT).split(" ", -1)) {
      if (parameter.matches("SIZE=\\d{1,18}")) {
        return Long.parseLong(parameter.substring(5));
      }
    }
    return 0;
  }
}
