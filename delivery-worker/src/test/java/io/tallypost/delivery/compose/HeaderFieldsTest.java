package io.tallypost.delivery.compose;

import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.MESSAGE_ID;
import static io.tallypost.events.Examples.NOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeUtility;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Headers on the wire, as a whole message has them, and as Angus Mail's reader decodes them. */
class HeaderFieldsTest {
  private static final Pattern WORD = Pattern.compile("=\\?UTF-8\\?B\\?([^?]*)\\?=");
  private final MimeComposer composer = new MimeComposer();

  /** A message and the lines of its header. */
  private record Composed(String message, List<String> lines) {

    Composed(byte[] utf8) {
      this(new String(utf8, UTF_8));
    }

    private Composed(String message) {
      this(message, List.of(message.substring(0, message.indexOf("\r\n\r\n")).split("\r\n", -1)));
    }

    /** The lines of one header, without its name. */
    List<String> lines(String name) {
      int first =
          IntStream.range(0, lines.size())
              .filter(i -> lines.get(i).startsWith(name + ":"))
              .findFirst()
              .orElseThrow();
      int end =
          IntStream.range(first + 1, lines.size())
              .filter(i -> !lines.get(i).startsWith(" "))
              .findFirst()
              .orElse(lines.size());
      return lines.subList(first, end);
    }

    /** As RFC 5322, section 2.2.3, unfolds: without the line breaks, and nothing else. */
    String unfolded(String name) {
      return String.join("", lines(name)).substring(name.length() + 2);
    }

    MimeMessage parsed() throws MessagingException {
      return new MimeMessage(
          Session.getInstance(new Properties()), new ByteArrayInputStream(message.getBytes(UTF_8)));
    }

    void assertLines() {
      for (String line : lines()) {
        assertThat(line.getBytes(UTF_8).length).as(line).isLessThanOrEqualTo(998);
        assertThat(line).isNotBlank();
      }
    }

    void assertWords(String name) throws Exception {
      for (String line : lines(name)) {
        var word = WORD.matcher(line);
        while (word.find()) {
          assertThat(line.length()).as(line).isLessThanOrEqualTo(76);
          assertThat(word.group().length()).as(line).isLessThanOrEqualTo(75);
          // RFC 2047, section 5: whole characters in each; this decoder reports half ones.
          assertThat(
                  UTF_8
                      .newDecoder()
                      .decode(ByteBuffer.wrap(Base64.getDecoder().decode(word.group(1))))
                      .length())
              .isPositive();
        }
      }
    }
  }

  private Composed compose(String subject, @Nullable String name, Map<String, String> headers)
      throws MessagingException {
    var mail =
        new Mail(
            new Mailbox(name, ALICE),
            List.of(new Mailbox(name, BOB), Mailbox.of(CAROL), new Mailbox(name, CAROL)),
            List.of(new Mailbox(name, CAROL)),
            List.of(),
            List.of(new Mailbox(name, ALICE), new Mailbox(name, BOB)),
            subject,
            "t",
            null,
            new TreeMap<>(headers));
    return new Composed(
        composer.compose(mail, "<" + MESSAGE_ID + "@acme.example>", NOON, Optional.empty()));
  }

  @Test
  void leavesRoomForTheNameBesideEncodedWords() throws Exception {
    String text =
        "Zusammenfassung Ihrer Bestellung — Größe, Farbe und Überweisung für die Straßenbahnfahrscheine";
    for (int length = 1; length <= 76; length += length < 50 ? 7 : 1) {
      String name = "X".repeat(length);
      for (String value : List.of(text, "é", "🎉🎉🎉", " ü ", "東".repeat(700))) {
        Composed composed = compose(text, text, Map.of(name, value));

        composed.assertLines();
        for (String field : List.of("Subject", "From", "To", "Cc", "Reply-To", name)) {
          composed.assertWords(field);
        }
        assertThat(composed.parsed().getSubject()).isEqualTo(text);
        assertThat(
                MimeUtility.decodeText(
                    MimeUtility.unfold(composed.parsed().getHeader(name, null)).strip()))
            .isEqualTo(value);
      }
    }
  }

  @Test
  void foldsReferencesBetweenIds() throws Exception {
    for (int count : new int[] {1, 2, 25, 130}) {
      List<String> ids =
          IntStream.range(0, count)
              .mapToObj(i -> "<%032x.%d@mail.thread.example.com>".formatted(i, i % 10))
              .toList();
      Composed composed =
          compose(
              "s", null, Map.of("References", String.join(" ", ids), "In-Reply-To", ids.getLast()));

      assertThat(composed.unfolded("References")).isEqualTo(String.join(" ", ids));
      assertThat(composed.unfolded("In-Reply-To")).isEqualTo(ids.getLast());
      assertThat(composed.lines("References")).hasSize(count).allMatch(line -> line.length() <= 76);
    }
  }

  @Test
  void leavesSendersOwnHeadersAsTheyAre() throws Exception {
    var own = new LinkedHashMap<String, String>();
    String token = "aZ0-_".repeat(54);
    own.put(
        "List-Unsubscribe",
        "<https://news.example.com/u/one_click?token="
            + token
            + ">, <mailto:leave@example.com?subject=leave%20me>");
    own.put("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    own.put("In-Reply-To", "<CAF=x+y_z@mail.example.com>");
    own.put("Auto-Submitted", "auto-generated");
    own.put("X-Priority", "1 (Highest)");
    own.put("Feedback-ID", "1:2:3:example");
    own.put("X-Auto-Response-Suppress", "OOF, DR, RN, NRN, AutoReply");
    own.put("x-lower-case", "v");
    own.put(
        "X-Unbroken",
        IntStream.range(0, 28)
            .mapToObj("\"user%04d@example.com\""::formatted)
            .collect(Collectors.joining(",", "{\"to\":[", "]}")));
    own.put("X-Odd", "quotes \" and \\ and % and ; and =?not?=");
    own.put("X-Pairs", "\"" + "a\\ \\\\ ".repeat(30) + "\"");
    own.put("X-Encoded", "=?UTF-8?Q?gr=C3=B6=C3=9Fer?= ".repeat(8) + "end");
    own.put("List-Id", "News <news.example.com>");
    own.put("X-Empty", "");
    own.put("X-Blanks", "   ");
    own.put("X-Ends", " both ends  ");
    own.put("X-Long-Ends", "  " + "word  ".repeat(60) + " ");
    own.put("X-" + "n".repeat(74), "w".repeat(900) + " " + "w".repeat(899) + " " + "w".repeat(899));

    Composed composed = compose("s", null, own);

    composed.assertLines();
    own.forEach((name, value) -> assertThat(composed.unfolded(name)).as(name).isEqualTo(value));
    assertThat(composed.lines("X-Auto-Response-Suppress")).hasSize(1);
    assertThat(composed.lines("X-Long-Ends")).allMatch(line -> line.length() <= 76);
  }

  /** Whatever is written arrives, in lines that every relay takes. */
  @Test
  void givesBackAnyTextInShortLines() throws Exception {
    var random = new Random(20261129);
    for (int n = 0; n < 500; n++) {
      String subject = text(random, 250);
      String name = text(random, 150);
      String field = "X-" + "f".repeat(1 + random.nextInt(74));
      String value = text(random, 600);

      Composed composed = compose(subject, name, Map.of(field, value));

      composed.assertLines();
      for (String encoded : List.of("Subject", "From", "To", "Cc", "Reply-To")) {
        composed.assertWords(encoded);
      }
      MimeMessage parsed = composed.parsed();
      assertThat(parsed.getSubject()).isEqualTo(subject);
      for (String list : List.of("From", "To", "Cc", "Reply-To")) {
        String[] names =
            Stream.of(InternetAddress.parseHeader(parsed.getHeader(list, ","), true))
                .map(InternetAddress::getPersonal)
                .filter(each -> each != null)
                .toArray(String[]::new);
        int expected = name.isBlank() ? 0 : list.equals("From") || list.equals("Cc") ? 1 : 2;
        assertThat(names)
            .hasSize(expected)
            .containsOnly(name.isBlank() ? new String[0] : new String[] {name});
      }
      if (value.chars().allMatch(c -> c < 0x80)) {
        assertThat(composed.unfolded(field)).isEqualTo(value);
      } else {
        composed.assertWords(field);
        assertThat(MimeUtility.decodeText(composed.unfolded(field).stripLeading()))
            .isEqualTo(value);
      }
    }
  }

  /** Of one alphabet or of all, with what means something to a reader of headers. */
  private static String text(Random random, int longest) {
    String[] alphabets = {
      "abcXYZ019", "  ab", " \"\\,;:<>()@=?_.-", "äßéñ", "東京語", "🎉👨", "e\u0301", "=?UTF-8?Q?x?= "
    };
    int only = random.nextInt(2 * alphabets.length);
    int length = random.nextInt(10) == 0 ? random.nextInt(longest) : random.nextInt(60);
    var text = new StringBuilder();
    while (text.codePointCount(0, text.length()) < length) {
      String alphabet =
          alphabets[only < alphabets.length ? only : random.nextInt(alphabets.length)];
      int[] letters = alphabet.codePoints().toArray();
      for (int i = random.nextInt(12); i >= 0; i--) {
        text.appendCodePoint(letters[random.nextInt(letters.length)]);
      }
    }
    return text.toString();
  }

  /** A line is never broken behind a backslash; what has no other blanks is encoded instead. */
  @Test
  void leavesRoomForTheNameBesideASubjectThatCannotBeFolded() throws Exception {
    for (String subject :
        List.of(
            "\\ ".repeat(498) + "ab",
            "a\\ ".repeat(332) + "ab",
            "a" + " ".repeat(996) + "b",
            "a".repeat(998))) {
      Composed composed = compose(subject, null, Map.of());

      composed.assertLines();
      assertThat(composed.parsed().getSubject()).isEqualTo(subject);
    }
  }

  @Test
  void writesQuotedLocalPartsAsTheyAre() throws Exception {
    var quoted = new EmailAddress("\"a..b \\\"c\\\" <d@e>\"@docomo.test");
    var mail =
        new Mail(
            Mailbox.of(quoted),
            List.of(new Mailbox("Größe", quoted), Mailbox.of(quoted)),
            List.of(),
            List.of(),
            List.of(),
            "s",
            "t",
            null,
            new TreeMap<>());

    var composed = new Composed(composer.compose(mail, "<id@docomo.test>", NOON, Optional.empty()));

    assertThat(composed.unfolded("From")).isEqualTo(quoted.value());
    assertThat(composed.unfolded("To")).endsWith(" <" + quoted.value() + ">, " + quoted.value());
    assertThat(InternetAddress.parseHeader(composed.parsed().getHeader("To", ","), true))
        .extracting(InternetAddress::getAddress)
        .containsExactly(quoted.value(), quoted.value());
  }

  @Test
  void writesAnAddressInUtf8OnlyWhereItHasNoOtherForm() throws Exception {
    var duck = new EmailAddress("用户.🎉@例子.广告");
    var mail =
        new Mail(
            new Mailbox("Ülkü", duck),
            List.of(new Mailbox("東京", duck), Mailbox.of(BOB)),
            List.of(Mailbox.of(duck)),
            List.of(Mailbox.of(new EmailAddress("geheim.é@ok.test"))),
            List.of(new Mailbox("名", duck)),
            "件名",
            "t",
            null,
            new TreeMap<>(Map.of("X-Where", "東京")));

    var composed = new Composed(composer.compose(mail, "<id@ok.test>", NOON, Optional.empty()));

    String address = "用户.🎉@xn--fsqu00a.xn--4rr70v";
    composed.assertLines();
    assertThat(composed.unfolded("From")).isEqualTo("=?UTF-8?B?w5xsa8O8?= <" + address + ">");
    assertThat(composed.unfolded("To")).endsWith("<" + address + ">, bob@example.org");
    assertThat(composed.unfolded("Cc")).isEqualTo(address);
    assertThat(composed.unfolded("Reply-To")).endsWith("?= <" + address + ">");
    for (String name : List.of("From", "To", "Cc", "Reply-To", "Subject", "X-Where")) {
      composed.assertWords(name);
    }
    assertThat(composed.message().replace(address, ""))
        .matches("(?s)\\p{ASCII}*")
        .doesNotContain("geheim");
  }
}
