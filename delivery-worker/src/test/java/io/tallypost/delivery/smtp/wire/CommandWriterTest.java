package io.tallypost.delivery.smtp.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandWriterTest {
  private final Writes out = new Writes();
  private final CommandWriter writer = new CommandWriter(out);

  @Test
  void sendsAGroupOfCommandsInOneWrite() throws IOException {
    writer.add("MAIL FROM:<a@example.org>");
    writer.add("RCPT TO:<b@example.org>");

    writer.flush();

    assertThat(out.toString(ISO_8859_1))
        .isEqualTo("MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n");
    assertThat(out.writes).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RCPT TO:<a@b>\r\nDATA", "a\rb", "a\nb", "a\0b"})
  void sendsNoCommandWithALineEndInside(String command) {
    assertThatIllegalArgumentException().isThrownBy(() -> writer.add(command));
  }

  /** What a relay that follows RFC 5321, section 4.5.2, makes of it is what was there. */
  @Test
  void carriesEachMessageAsItIs() throws IOException {
    var random = new Random(4502);
    for (int run = 0; run < 500; run++) {
      var text = new StringBuilder();
      String[] parts = {".", "..", "\r\n", "\r\n.", "x", "word ", "\r\n.\r\n"};
      int length = run % 50 == 0 ? 20_000 : random.nextInt(60);
      for (int i = 0; i < length; i++) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      text.append("\r\n");
      out.reset();

      assertThat(writer.message(text.toString().getBytes(ISO_8859_1), last -> true)).isTrue();

      assertThat(received(out.toString(ISO_8859_1))).isEqualTo(text.toString());
    }
  }

  @Test
  void endsAMessageThatEndsInsideALine() throws IOException {
    writer.message("no end".getBytes(ISO_8859_1), last -> true);

    assertThat(out.toString(ISO_8859_1)).isEqualTo("no end\r\n.\r\n");
  }

  @Test
  void writesTheDotTogetherWithTheLastBlockAndOnlyIfItMay() throws IOException {
    byte[] message = "0123456789abcde\r\n".repeat(6_000).getBytes(ISO_8859_1);
    var blocks = new AtomicInteger();

    boolean whole =
        writer.message(
            message,
            last -> {
              blocks.incrementAndGet();
              return !last;
            });

    assertThat(whole).isFalse();
    assertThat(blocks).hasValueGreaterThan(3);
    assertThat(out.size()).isLessThan(message.length);
    assertThat(out.toString(ISO_8859_1)).doesNotContain("\r\n.\r\n");
  }

  private static String received(String wire) {
    assertThat(wire).endsWith("\r\n.\r\n");
    String body = wire.substring(0, wire.length() - 3);
    assertThat("\r\n" + body).doesNotContain("\r\n.\r\n");
    return ("\r\n" + body).replace("\r\n..", "\r\n.").substring(2);
  }

  private static final class Writes extends ByteArrayOutputStream {
    int writes;

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      writes++;
      super.write(bytes, offset, length);
    }
  }
}
