package io.tallypost.stack.smtp;

import io.tallypost.stack.smtp.wire.Closing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** What the sink does at a stage. */
public sealed interface SmtpAnswer {

  /** The bytes after which an endless reply ends after all, with the connection. */
  long ENDLESS = 600L * 1024 * 1024;

  /** The normal reply of the stage. */
  record Accept() implements SmtpAnswer {}

  /** A reply of one line or more, each without its code. */
  record Reply(int code, List<String> lines) implements SmtpAnswer {

    public Reply {
      if (code < 100 || code > 599 || lines.isEmpty()) {
        throw new IllegalArgumentException("not an SMTP reply: " + code + " " + lines);
      }
      lines = List.copyOf(lines);
    }
  }

  /**
   * Bytes as they are, ends of lines included.
   *
   * @param code its meaning for the sink itself; 0 if they are no reply
   * @param bytes not to be changed; none if the sink sends nothing and continues
   */
  @SuppressWarnings("ArrayRecordComponent") // A constant of a test, written out and nothing else.
  record Raw(int code, byte[] bytes) implements SmtpAnswer {}

  /**
   * A reply that does not end before the client leaves or the limit is reached; then the connection
   * ends.
   *
   * @param code the code of each line
   * @param lines whether it has many lines instead of one
   * @param limit how many bytes are written at most
   */
  record Endless(int code, boolean lines, long limit) implements SmtpAnswer {}

  /** Ends the connection without a word (FIN). */
  record Close() implements SmtpAnswer {}

  /** Breaks the connection (RST). */
  record Reset() implements SmtpAnswer {}

  /** Never answers again, but goes on reading until the client leaves. */
  record Mute() implements SmtpAnswer {}

  /** Never answers nor reads again: the client's writes block. */
  record Deaf() implements SmtpAnswer {}

  /** Another answer, some time later. */
  record Delayed(Duration delay, SmtpAnswer answer) implements SmtpAnswer {}

  /** Another answer, written byte by byte with a pause before each. */
  record Dripping(Duration pause, SmtpAnswer answer) implements SmtpAnswer {}

  /** Another answer, then one that nobody has asked for; the stage has the first one's code. */
  record Followed(SmtpAnswer answer, SmtpAnswer next) implements SmtpAnswer {}

  /** Another answer, then the end of the connection. */
  record Ending(SmtpAnswer answer, Closing how) implements SmtpAnswer {}

  static SmtpAnswer accept() {
    return new Accept();
  }

  /** For example {@code reply(550, "5.1.1 no such user")}. */
  static SmtpAnswer reply(int code, String... lines) {
    return new Reply(code, List.of(lines));
  }

  static SmtpAnswer raw(int code, byte[] bytes) {
    return new Raw(code, bytes.clone());
  }

  /** As UTF-8. */
  static SmtpAnswer raw(int code, String text) {
    return new Raw(code, text.getBytes(StandardCharsets.UTF_8));
  }

  /** A positive reply whose lines never end. */
  static SmtpAnswer endless() {
    return new Endless(250, true, ENDLESS);
  }

  /** A positive reply whose first line never ends. */
  static SmtpAnswer endlessLine() {
    return new Endless(250, false, ENDLESS);
  }

  static SmtpAnswer close() {
    return new Close();
  }

  static SmtpAnswer reset() {
    return new Reset();
  }

  static SmtpAnswer mute() {
    return new Mute();
  }

  static SmtpAnswer deaf() {
    return new Deaf();
  }

  default SmtpAnswer after(Duration delay) {
    return new Delayed(delay, this);
  }

  /** Each byte in a write of its own, also with a pause of zero. */
  default SmtpAnswer dripping(Duration pause) {
    return new Dripping(pause, this);
  }

  /** Sends more than the stage asks for, at once or {@link #after} a while. */
  default SmtpAnswer followedBy(SmtpAnswer next) {
    return new Followed(this, next);
  }

  default SmtpAnswer thenClose() {
    return new Ending(this, Closing.CLOSE);
  }

  default SmtpAnswer thenHalfClose() {
    return new Ending(this, Closing.HALF_CLOSE);
  }

  default SmtpAnswer thenCloseUnread() {
    return new Ending(this, Closing.CLOSE_UNREAD);
  }

  default SmtpAnswer thenReset() {
    return new Ending(this, Closing.RESET);
  }
}
