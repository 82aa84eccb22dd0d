package io.tallypost.delivery.smtp.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.delivery.smtp.wire.ReplyReader.ConnectionEndedException;
import io.tallypost.delivery.smtp.wire.ReplyReader.NoReplyException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyReaderTest {
  private static final int RUNS = 3_000;

  @Test
  void readsOneReplyAfterTheOther() throws IOException {
    var reader =
        reader("220 relay.example ESMTP\r\n250-relay.example\r\n250-SIZE 10\r\n250 HELP\r\n");

    assertThat(reader.read().reply().text()).isEqualTo("relay.example ESMTP");
    assertThat(reader.read().lines()).containsExactly("relay.example", "SIZE 10", "HELP");
    assertThatThrownBy(reader::read).isInstanceOf(ConnectionEndedException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "250 2.1.5 ok                    | 250 | 2.1.5  | ok",
        "250-2.1.5 one\\r\\n250 2.1.5 two| 250 | 2.1.5  | one two",
        "250                             | 250 |        | ''",
        "250-                            | 250 |        | ''",
        "250ok                           | 250 |        | ok",
        "2500 ok                         | 250 |        | 0 ok",
        "550 5.7.1                       | 550 | 5.7.1  | ''",
        "550 5.7.1x                      | 550 |        | 5.7.1x",
        "550-one\\n550 two               | 550 |        | one two",
        "250-yes\\r\\n550 no             | 550 |        | yes no",
        "999 what                        | 999 |        | what",
      })
  void readsWhatRelaysWrite(String reply, int code, String enhanced, String text)
      throws IOException {
    var read = reader(reply.replace("\\r", "\r").replace("\\n", "\n") + "\r\n").read();

    assertThat(read.code()).isEqualTo(code);
    assertThat(read.reply().enhancedCode()).isEqualTo(enhanced);
    assertThat(read.reply().text()).isEqualTo(text);
  }

  @Test
  void readsTextInAnyCharacterSet() throws IOException {
    assertThat(reader("550 Нет таких\r\n".getBytes(UTF_8)).read().reply().text())
        .isEqualTo("Нет таких");
    assertThat(reader("550 Empf\u00e4nger\r\n".getBytes(ISO_8859_1)).read().reply().text())
        .isEqualTo("Empfänger");
    assertThat(reader("550 no\u0085 see\r\n".getBytes(ISO_8859_1)).read().reply().text())
        .isEqualTo("no\\x85 see");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "\r\n", "ok\r\n", "25\r\n", "25", " 250 ok\r\n", "099 no\r\n", "2x0 a\r\n"})
  void doesNotTakeForAReplyWhatIsNone(String bytes) {
    assertThatThrownBy(reader(bytes)::read).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"250", "250 o", "250-queued\r\n", "250-queued\r\nxyz", "250 ok\r"})
  void countsTheDigitsThatCameWhateverEndsTheReply(String bytes) throws IOException {
    var read = reader(bytes).read();

    assertThat(read.code()).isEqualTo(250);
    assertThat(read.broken()).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"250-", "250-x\r\n", "250 ", "x"})
  void doesNotReadOnForEver(String part) throws IOException {
    int length = 10_000_000;
    var bytes =
        part.endsWith("\n") ? part.repeat(length / part.length()) : part + "x".repeat(length);
    var in = new ByteArrayInputStream(bytes.getBytes(ISO_8859_1));
    var reader = new ReplyReader(in);

    if (part.equals("x")) {
      assertThatThrownBy(reader::read).isInstanceOf(NoReplyException.class);
    } else {
      assertThat(reader.read().broken()).isInstanceOf(NoReplyException.class);
    }

    assertThat(in.available()).isGreaterThan(length - 100_000);
  }

  @Test
  void keepsNoMoreOfAReplyThanAnybodyNeeds() throws IOException {
    String line = "250-" + "x".repeat(4_000) + "\r\n";

    var many = reader(line.repeat(99) + "250 ok\r\n").read();

    assertThat(many.code()).isEqualTo(250);
    assertThat(many.broken()).isInstanceOf(NoReplyException.class);
    assertThat(many.lines().stream().mapToInt(String::length).sum())
        .isLessThanOrEqualTo(ReplyReader.LONGEST_REPLY + ReplyReader.LONGEST_LINE);
    var few = reader(line.repeat(15) + "250 ok\r\n").read();
    assertThat(few.broken()).isNull();
    assertThat(few.lines()).hasSize(16);
  }

  @Test
  void keepsAsMuchTextAsAReaderCanUse() throws IOException {
    var read = reader("550 " + "ä".repeat(1_500) + "\r\n").read();

    assertThat(read.broken()).isNull();
    assertThat(read.reply().text()).hasSize(500).endsWith("ä…");
  }

  @Test
  void seesWhatNobodyAskedFor() throws IOException {
    var reader = reader("250 ok\r\n451 4.4.2 idle\r\n");

    reader.read();

    assertThat(reader.hasLeftovers()).isTrue();
    reader.read();
    assertThat(reader.hasLeftovers()).isFalse();
  }

  /** Whatever comes, in whatever pieces: replies or its own exceptions, and always the same. */
  @Test
  void readsTheSameHoweverTheBytesAreCut() {
    var random = new Random(5321);
    for (int run = 0; run < RUNS; run++) {
      byte[] bytes = bytes(random);

      List<String> whole = everything(new ByteArrayInputStream(bytes));
      List<String> cut = everything(new Pieces(bytes, random));
      List<String> single = everything(new Pieces(bytes, null));

      assertThat(cut).as("run %d", run).isEqualTo(whole);
      assertThat(single).as("run %d", run).isEqualTo(whole);
    }
  }

  private static byte[] bytes(Random random) {
    String[] parts = {
      "250",
      "550",
      "-",
      " ",
      "\r\n",
      "\n",
      "\r",
      "2.1.5 ",
      "x",
      "\0",
      "\u00e4",
      "\u0085",
      "9",
      "250-",
      "354 go\r\n"
    };
    var text = new StringBuilder();
    for (int i = random.nextInt(40); i > 0; i--) {
      text.append(
          random.nextInt(4) > 0 ? parts[random.nextInt(parts.length)] : (char) random.nextInt(256));
      if (random.nextInt(200) == 0) {
        text.append("y".repeat(5_000));
      }
    }
    return text.toString().getBytes(random.nextBoolean() ? ISO_8859_1 : UTF_8);
  }

  private static List<String> everything(InputStream in) {
    List<String> all = new ArrayList<>();
    var reader = new ReplyReader(in);
    try {
      while (true) {
        var read = reader.read();
        assertThat(read.reply().text().length()).isLessThanOrEqualTo(500);
        assertThat(read.lines().size()).isLessThanOrEqualTo(ReplyReader.MOST_LINES);
        all.add(read.reply() + " " + read.lines() + " " + read.broken());
        if (read.broken() != null) {
          return all;
        }
      }
    } catch (IOException e) {
      all.add(e.toString());
      return all;
    }
  }

  private static ReplyReader reader(String bytes) {
    return reader(bytes.getBytes(ISO_8859_1));
  }

  private static ReplyReader reader(byte[] bytes) {
    return new ReplyReader(new ByteArrayInputStream(bytes));
  }

  /** Gives bytes away in pieces of random length, or of one byte each. */
  private static final class Pieces extends InputStream {
    private final byte[] bytes;
    private final @Nullable Random random;
    private int at;

    Pieces(byte[] bytes, @Nullable Random random) {
      this.bytes = bytes;
      this.random = random;
    }

    @Override
    public int read() {
      return at < bytes.length ? bytes[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int most) {
      if (at == bytes.length) {
        return -1;
      }
      int length =
          Math.min(random == null ? 1 : 1 + random.nextInt(7), Math.min(most, bytes.length - at));
      System.arraycopy(bytes, at, into, offset, length);
      at += length;
      return length;
    }
  }
}
