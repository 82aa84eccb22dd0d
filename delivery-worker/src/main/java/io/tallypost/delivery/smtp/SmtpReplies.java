package io.tallypost.delivery.smtp;

import io.tallypost.events.SmtpReply;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads replies as a relay wrote them: {@code 250-2.1.5 first line}, {@code 250 2.1.5 last}. */
final class SmtpReplies {
  /** RFC 3463, section 2. */
  private static final Pattern LINE =
      Pattern.compile("(\\d{3})[ -]?(?:([245]\\.\\d{1,3}\\.\\d{1,3})(?: |$))?(.*)");

  private static final Pattern CONTROLS = Pattern.compile("\\p{Cntrl}+");

  /** More is of no use to a reader, and a relay may say as much as it likes. */
  private static final int LONGEST_TEXT = 500;

  private SmtpReplies() {}

  /** The reply; empty if it is none. */
  static Optional<SmtpReply> parse(@Nullable String response) {
    if (response == null) {
      return Optional.empty();
    }
    Matcher first = LINE.matcher(response.lines().findFirst().orElse(""));
    if (!first.matches()) {
      return Optional.empty();
    }
    int code = Integer.parseInt(first.group(1));
    if (code < 200) {
      return Optional.empty();
    }
    String text =
        response
            .lines()
            .map(LINE::matcher)
            .filter(Matcher::matches)
            .map(line -> CONTROLS.matcher(line.group(3)).replaceAll(" ").strip())
            .filter(line -> !line.isEmpty())
            .collect(Collectors.joining(" "));
    return Optional.of(new SmtpReply(code, first.group(2), shortened(text)));
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…";
  }
}
