package io.tallypost.stack.smtp;

import io.tallypost.stack.smtp.wire.Closing;
import io.tallypost.stack.smtp.wire.EndedException;
import io.tallypost.stack.smtp.wire.SmtpWire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Carries out an answer on the wire. */
final class SmtpActor {

  private static final int CHUNK = 32 * 1024;
  private static final int LINE = 900;

  private final SmtpWire wire;
  private final SmtpSession session;
  private final SmtpSink sink;

  SmtpActor(SmtpSink sink, SmtpWire wire, SmtpSession session) {
    this.sink = sink;
    this.wire = wire;
    this.session = session;
  }

  void reply(int code, String line) throws IOException {
    say(new SmtpAnswer.Reply(code, List.of(line)), null);
  }

  /** Answers as the script says; what the standard says is its default. */
  Said answer(SmtpStage stage, int code, String... lines) throws IOException {
    SmtpAnswer.Reply standard = new SmtpAnswer.Reply(code, Arrays.asList(lines));
    SmtpAnswer answer = sink.script().answer(stage);
    act(answer, standard);
    return Said.by(answer, standard);
  }

  /** Fails with {@link EndedException} when the answer ends the connection. */
  void act(SmtpAnswer answer, SmtpAnswer.Reply standard) throws IOException {
    act(answer, standard, null);
  }

  private void act(SmtpAnswer answer, SmtpAnswer.Reply standard, @Nullable Duration perByte)
      throws IOException {
    switch (answer) {
      case SmtpAnswer.Accept() -> say(standard, perByte);
      case SmtpAnswer.Reply reply -> say(reply, perByte);
      case SmtpAnswer.Raw(int code, byte[] bytes) -> {
        session.replyIsDue(wire.reader().pending());
        wire.writer().write(bytes, perByte);
      }
      case SmtpAnswer.Endless(int code, boolean lines, long limit) -> {
        session.replyIsDue(wire.reader().pending());
        talkWithoutEnd(code, lines, limit);
        throw new EndedException();
      }
      case SmtpAnswer.Delayed(Duration delay, SmtpAnswer then) -> {
        wire.writer().flush();
        wire.pause(delay);
        act(then, standard, perByte);
      }
      case SmtpAnswer.Dripping(Duration pause, SmtpAnswer then) -> act(then, standard, pause);
      case SmtpAnswer.Followed(SmtpAnswer first, SmtpAnswer next) -> {
        act(first, standard, perByte);
        act(next, standard, perByte);
      }
      case SmtpAnswer.Ending(SmtpAnswer then, Closing how) -> {
        act(then, standard, perByte);
        throw wire.end(how);
      }
      case SmtpAnswer.Close() -> throw wire.end(Closing.CLOSE);
      case SmtpAnswer.Reset() -> {
        wire.reset();
        throw new EndedException();
      }
      case SmtpAnswer.Mute() -> {
        wire.writer().flush();
        wire.reader().drain();
        throw new EndedException();
      }
      case SmtpAnswer.Deaf() -> {
        wire.writer().flush();
        wire.pause(Duration.ofDays(1));
        throw new EndedException();
      }
    }
  }

  private void say(SmtpAnswer.Reply reply, @Nullable Duration perByte) throws IOException {
    session.replyIsDue(wire.reader().pending());
    wire.writer().write(reply.code(), reply.lines(), perByte);
  }

  private void talkWithoutEnd(int code, boolean lines, long limit) throws IOException {
    String start = code + "-" + "x".repeat(LINE);
    byte[] chunk =
        (lines ? (start + "\r\n").repeat(CHUNK / LINE) : "x".repeat(CHUNK))
            .getBytes(StandardCharsets.US_ASCII);
    wire.writer().write(start.substring(0, 4).getBytes(StandardCharsets.US_ASCII), null);
    if (lines) {
      wire.writer().write("\r\n".getBytes(StandardCharsets.US_ASCII), null);
    }
    for (long sent = 0; sent < limit; sent += chunk.length) {
      wire.writer().write(chunk, null);
      wire.writer().flush();
      sink.endlessCounter().addAndGet(chunk.length);
    }
  }
}
