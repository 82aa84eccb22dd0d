package io.tallypost.stack.smtp;

import java.time.Duration;
import java.util.List;

/** What the sink does at a stage. */
public sealed interface SmtpAnswer {

  /** The normal reply of the stage. */
  record Accept() implements SmtpAnswer {}

  /** A reply of one line or more, each without its code. */
  record Reply(int code, List<String> lines) implements SmtpAnswer {

    public Reply {
      if (code < 200 || code > 599 || lines.isEmpty()) {
        throw new IllegalArgumentException("not an SMTP reply: " + code + " " + lines);
      }
      lines = List.copyOf(lines);
    }
  }

  /** Ends the connection without a word (FIN). */
  record Close() implements SmtpAnswer {}

  /** Breaks the connection (RST). */
  record Reset() implements SmtpAnswer {}

  /** Never answers again, but goes on reading until the client leaves. */
  record Mute() implements SmtpAnswer {}

  /** Never answers nor reads again: the client's writes get stuck. */
  record Deaf() implements SmtpAnswer {}

  /** Another answer, some time later. */
  record Delayed(Duration delay, SmtpAnswer answer) implements SmtpAnswer {}

  /** Another answer, written byte by byte with a pause before each. */
  record Dripping(Duration pause, SmtpAnswer answer) implements SmtpAnswer {}

  /** Another answer, then the end of the connection. */
  record Closing(SmtpAnswer answer) implements SmtpAnswer {}

  static SmtpAnswer accept() {
    return new Accept();
  }

  /** For example {@code reply(550, "5.1.1 no such user")}. */
  static SmtpAnswer reply(int code, String... lines) {
    return new Reply(code, List.of(lines));
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

  default SmtpAnswer dripping(Duration pause) {
    return new Dripping(pause, this);
  }

  default SmtpAnswer thenClose() {
    return new Closing(this);
  }
}
