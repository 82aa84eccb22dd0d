package io.tallypost.delivery.compose;

import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.MAIL;
import static io.tallypost.events.Examples.MESSAGE_ID;
import static io.tallypost.events.Examples.NOON;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import jakarta.mail.internet.MimeUtility;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MimeComposerTest {
  private static final String ID = "<" + MESSAGE_ID + "@acme.example>";
  private final MimeComposer composer = new MimeComposer();

  @Test
  void keepsTheMessageIdAndTheTimeOfAcceptance() throws Exception {
    MimeMessage message = parsed(MAIL);

    assertThat(message.getHeader("Message-ID")).containsExactly(ID);
    assertThat(message.getHeader("Date")).containsExactly("Sun, 22 Nov 2026 12:00:00 +0000");
    assertThat(message.getHeader("MIME-Version")).containsExactly("1.0");
  }

  @Test
  void saysTheTraceOnlyWhereItIsWanted() throws Exception {
    assertThat(text(MAIL, Optional.of("4bf9"))).contains("X-Tallypost-Trace: 4bf9\r\n");
    assertThat(text(MAIL, Optional.empty())).doesNotContain("X-Tallypost-Trace");
  }

  @Test
  void offersBothBodiesAsAlternativesTheBestLast() throws Exception {
    var parts = (MimeMultipart) parsed(MAIL).getContent();

    assertThat(parts.getContentType()).startsWith("multipart/alternative");
    assertThat(parts.getCount()).isEqualTo(2);
    assertThat(parts.getBodyPart(0).getContentType()).isEqualTo("text/plain; charset=UTF-8");
    assertThat(parts.getBodyPart(0).getContent()).isEqualTo("Hello Bob.\r\n");
    assertThat(parts.getBodyPart(1).getContentType()).isEqualTo("text/html; charset=UTF-8");
    assertThat(parts.getBodyPart(1).getContent()).isEqualTo("<p>Hello Bob.</p>\r\n");
  }

  @Test
  void sendsASingleBodyWithoutParts() throws Exception {
    assertThat(parsed(mail("s", "only text", null)).getContentType())
        .isEqualTo("text/plain; charset=UTF-8");
    assertThat(parsed(mail("s", null, "<b>html</b>")).getContentType())
        .isEqualTo("text/html; charset=UTF-8");
  }

  @Test
  void namesBlindCopiesNowhere() throws Exception {
    Mail mail =
        new Mail(
            MAIL.from(),
            List.of(Mailbox.of(BOB)),
            List.of(),
            List.of(new Mailbox("Secret", CAROL)),
            List.of(),
            "s",
            "t",
            null,
            new TreeMap<>());

    assertThat(text(mail, Optional.empty())).doesNotContain("carol").doesNotContain("Bcc");
  }

  @Test
  void hasAToEvenIfAllRecipientsAreBlind() throws Exception {
    Mail mail =
        new Mail(
            MAIL.from(),
            List.of(),
            List.of(),
            List.of(Mailbox.of(CAROL)),
            List.of(),
            "s",
            "t",
            null,
            new TreeMap<>());

    assertThat(parsed(mail).getHeader("To")).containsExactly("undisclosed-recipients:;");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "plain",
        "Grüße aus 東京",
        "🎉🎉🎉 party 👨‍👩‍👧‍👦",
        "مرحبا بالعالم هذا عنوان طويل بعض الشيء حتى يحتاج إلى أكثر من سطر واحد",
        "東京都千代田区霞が関一丁目二番三号の長い長い長い長い件名東京都千代田区霞が関一丁目二番三号",
        " blanks at both ends ",
        "two  blanks",
        "=?UTF-8?Q?not_an_encoded_word?=",
        "a \"quoted\" <thing>, with; specials: (all of them) @ once"
      })
  void givesBackSubjectsAndNamesAsTheyWere(String words) throws Exception {
    Mail mail =
        new Mail(
            new Mailbox(words, ALICE),
            List.of(new Mailbox(words, BOB), new Mailbox(words, CAROL)),
            List.of(),
            List.of(),
            List.of(new Mailbox(words, CAROL)),
            words,
            "t",
            null,
            new TreeMap<>(Map.of("X-Words", words)));

    MimeMessage message = parsed(mail);

    String name = words.isBlank() ? null : words;
    assertThat(message.getSubject()).isEqualTo(words);
    for (String field : List.of("From", "To", "Reply-To")) {
      assertThat(InternetAddress.parseHeader(message.getHeader(field, ","), true))
          .extracting(InternetAddress::getPersonal)
          .containsOnly(name);
    }
    assertThat(InternetAddress.parse(message.getHeader("To", ",")))
        .extracting(InternetAddress::getAddress)
        .containsExactly("bob@example.org", "carol@example.net");
    assertShortAsciiLines(mail);
  }

  @Test
  void foldsTheLongestSubjects() throws Exception {
    for (String subject :
        List.of("x".repeat(998), "word ".repeat(199) + "end", "語".repeat(998), "🎉".repeat(499))) {
      Mail mail = mail(subject, "t", null);
      assertThat(parsed(mail).getSubject()).isEqualTo(subject);
      assertShortAsciiLines(mail);
    }
  }

  @Test
  void foldsManyRecipientsWithLongNames() throws Exception {
    List<Mailbox> to =
        IntStream.range(0, 50)
            .mapToObj(i -> new Mailbox("n".repeat(500), new EmailAddress("r" + i + "@example.org")))
            .toList();
    Mail mail =
        new Mail(MAIL.from(), to, List.of(), List.of(), List.of(), "s", "t", null, new TreeMap<>());

    assertThat(InternetAddress.parse(parsed(mail).getHeader("To", ","))).hasSize(50);
    assertShortAsciiLines(mail);
  }

  @Test
  void leavesASendersOwnHeaderInItsOwnSyntax() throws Exception {
    String list = "<https://acme.example/unsubscribe?u=" + "a".repeat(800) + ">";
    Mail mail =
        new Mail(
            MAIL.from(),
            List.of(Mailbox.of(BOB)),
            List.of(),
            List.of(),
            List.of(),
            "s",
            "t",
            null,
            new TreeMap<>(
                Map.of("List-Unsubscribe", list, "X-Ümlaut".replace("Ü", "U"), "größer")));

    MimeMessage message = parsed(mail);

    assertThat(MimeUtility.unfold(message.getHeader("List-Unsubscribe", null))).isEqualTo(list);
    assertThat(MimeUtility.decodeText(message.getHeader("X-Umlaut", null))).isEqualTo("größer");
    assertShortAsciiLines(mail);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain\nlines\n",
        "one\r\ntwo\rthree\nfour",
        ".\n..\n.\n",
        "ends with blanks   \nand a tab\t\n",
        "größer als 東京 🎉\n",
        "مرحبا\n",
        "control \u0007 and \u0000 nul\n",
        "no line end",
        ""
      })
  void givesBackBodiesAsTheyWere(String body) throws Exception {
    Mail mail = mail("s", body, body);

    var parts = (MimeMultipart) parsed(mail).getContent();

    String lines = body.replace("\r\n", "\n").replace('\r', '\n').replace("\n", "\r\n");
    assertThat(parts.getBodyPart(0).getContent()).isEqualTo(lines);
    assertThat(parts.getBodyPart(1).getContent()).isEqualTo(lines);
    assertShortAsciiLines(mail);
  }

  @Test
  void breaksLinesOfAHundredThousandCharacters() throws Exception {
    for (String line : List.of("x".repeat(100_000), "é".repeat(100_000), "東".repeat(100_000))) {
      Mail mail = mail("s", line, null);
      assertThat(parsed(mail).getContent()).isEqualTo(line);
      assertShortAsciiLines(mail);
    }
  }

  private void assertShortAsciiLines(Mail mail) throws MessagingException {
    String text = text(mail, Optional.empty());
    assertThat(text.chars())
        .allMatch(c -> c == '\r' || c == '\n' || c == '\t' || (c >= ' ' && c < 127));
    assertThat(text.split("\r\n", -1))
        .allMatch(line -> line.length() <= 998 && !line.contains("\r") && !line.contains("\n"));
  }

  private static Mail mail(String subject, @Nullable String text, @Nullable String html) {
    return new Mail(
        MAIL.from(),
        List.of(Mailbox.of(BOB)),
        List.of(),
        List.of(),
        List.of(),
        subject,
        text,
        html,
        new TreeMap<>());
  }

  private String text(Mail mail, Optional<String> trace) throws MessagingException {
    return new String(composer.compose(mail, ID, NOON, trace), ISO_8859_1);
  }

  private MimeMessage parsed(Mail mail) throws MessagingException, IOException {
    byte[] bytes = composer.compose(mail, ID, NOON, Optional.empty());
    return new MimeMessage(Session.getInstance(new Properties()), new ByteArrayInputStream(bytes));
  }
}
