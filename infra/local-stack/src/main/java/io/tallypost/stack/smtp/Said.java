package io.tallypost.stack.smtp;

import io.tallypost.stack.smtp.wire.Closing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * What an answer tells the client.
 *
 * @param code 0 when it tells nothing that is a reply
 * @param lines each without its code
 */
record Said(int code, List<String> lines) {

  private static final Said NOTHING = new Said(0, List.of());

  /** What this answer says at a stage whose normal reply is the standard. */
  static Said by(SmtpAnswer answer, SmtpAnswer.Reply standard) {
    return switch (answer) {
      case SmtpAnswer.Accept() -> by(standard, standard);
      case SmtpAnswer.Reply(int code, List<String> lines) -> new Said(code, lines);
      case SmtpAnswer.Raw(int code, byte[] bytes) -> new Said(code, lines(bytes));
      case SmtpAnswer.Delayed(Duration delay, SmtpAnswer then) -> by(then, standard);
      case SmtpAnswer.Dripping(Duration pause, SmtpAnswer then) -> by(then, standard);
      case SmtpAnswer.Followed(SmtpAnswer first, SmtpAnswer next) -> by(first, standard);
      case SmtpAnswer.Ending(SmtpAnswer then, Closing how) -> by(then, standard);
      case SmtpAnswer.Endless endless -> NOTHING;
      case SmtpAnswer.Close() -> NOTHING;
      case SmtpAnswer.Reset() -> NOTHING;
      case SmtpAnswer.Mute() -> NOTHING;
      case SmtpAnswer.Deaf() -> NOTHING;
    };
  }

  private static List<String> lines(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1)
        .lines()
        .map(line -> line.substring(Math.min(4, line.length())))
        .toList();
  }

  boolean positive() {
    return code / 100 == 2;
  }

  /** Whether the client should continue with a message. */
  boolean intermediate() {
    return code / 100 == 3;
  }

  boolean offers(String extension) {
    return lines.stream().anyMatch(line -> line.strip().equalsIgnoreCase(extension));
  }
}
