package io.tallypost.stack.smtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.smtp.SmtpStage.Data;
import io.tallypost.stack.smtp.SmtpStage.FinalDot;
import io.tallypost.stack.smtp.SmtpStage.Hello;
import io.tallypost.stack.smtp.SmtpStage.MailFrom;
import io.tallypost.stack.smtp.SmtpStage.Noop;
import io.tallypost.stack.smtp.SmtpStage.Recipient;
import io.tallypost.stack.smtp.SmtpStage.StartTls;
import io.tallypost.stack.smtp.inbox.ReceivedMail;
import io.tallypost.stack.smtp.inbox.SmtpTransaction;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What real relays do beside the standard. */
@Timeout(20)
class SmtpQuirksTest {

  private static final byte[] HELLO = "Subject: Hello\r\n\r\nHello".getBytes(UTF_8);

  private SmtpSink sink = SmtpSink.start();

  @AfterEach
  void stop() {
    sink.close();
  }

  private void restart(SinkSettings settings) {
    sink.close();
    sink = SmtpSink.start(settings);
  }

  private void at(Class<? extends SmtpStage> stage, SmtpAnswer answer) {
    sink.follow(at -> stage.isInstance(at) ? answer : SmtpAnswer.accept());
  }

  @Test
  void saysBytesAsTheyAre() throws Exception {
    byte[] odd = "250-caf\u00e9 \u0085 bare\n250 end\n".getBytes(ISO_8859_1);
    at(FinalDot.class, SmtpAnswer.raw(250, odd));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.sendUpToTheDot("a@acme.test", HELLO);
      assertThat(client.read(odd.length)).isEqualTo(odd);
    }
    assertThat(sink.inbox().mails()).singleElement().returns(true, ReceivedMail::acknowledged);
  }

  @Test
  void acknowledgesWithAnyPositiveCodeAndWithNoOther() throws Exception {
    for (int code : List.of(150, 200, 252, 299, 354)) {
      sink.inbox().clear();
      at(FinalDot.class, SmtpAnswer.reply(code, "odd"));
      try (SmtpClient client = SmtpClient.greeted(sink)) {
        assertThat(client.send("a@acme.test", HELLO)).isEqualTo(code + " odd");
      }
      assertThat(sink.inbox().mails().getFirst().acknowledged()).isEqualTo(code / 100 == 2);
    }
  }

  @Test
  void talksWithoutEndUntilTheClientLeaves() throws Exception {
    for (SmtpAnswer answer : List.of(SmtpAnswer.endless(), SmtpAnswer.endlessLine())) {
      long before = sink.endlessBytes();
      at(MailFrom.class, answer);
      try (SmtpClient client = SmtpClient.greeted(sink)) {
        client.write("MAIL FROM:<a@acme.test>\r\n".getBytes(UTF_8));
        assertThat(new String(client.read(1_000_000), UTF_8))
            .startsWith("250-")
            .doesNotContain("250 ");
      }
      await().untilAsserted(() -> assertThat(sink.openConnections()).isZero());
      assertThat(sink.endlessBytes() - before).isBetween(900_000L, 50_000_000L);
    }
  }

  @Test
  void endsAnEndlessReplyAtItsLimit() throws Exception {
    at(MailFrom.class, new SmtpAnswer.Endless(550, true, 2_000_000));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.ask("MAIL FROM:<a@acme.test>")).contains("closed");
    }
    assertThat(sink.endlessBytes()).isBetween(2_000_000L, 2_500_000L);
  }

  @Test
  void closesItsHalfAndDropsWhatStillComes() throws Exception {
    at(Data.class, SmtpAnswer.reply(554, "5.7.1 no").thenHalfClose());
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.ask("MAIL FROM:<a@acme.test>");
      client.ask("RCPT TO:<a@acme.test>");
      assertThat(client.ask("DATA")).startsWith("554");
      assertThat(client.replyOrEnd()).isNull();
      client.write(new byte[200_000]);
      client.write(new byte[200_000]);
      assertThat(sink.openConnections()).isEqualTo(1);
    }
    await().untilAsserted(() -> assertThat(sink.openConnections()).isZero());
  }

  @Test
  void breaksTheConnectionBehindAReply() throws Exception {
    SmtpAnswer refusal = SmtpAnswer.reply(554, "5.7.1 no");
    for (SmtpAnswer answer : List.of(refusal.thenReset(), refusal.thenCloseUnread())) {
      at(Data.class, answer);
      try (SmtpClient client = SmtpClient.greeted(sink)) {
        client.ask("MAIL FROM:<a@acme.test>");
        client.ask("RCPT TO:<a@acme.test>");
        client.write("DATA\r\nmuch\r\n".getBytes(UTF_8));
        assertThat(client.reply()).startsWith("554");
        assertThatThrownBy(client::replyOrEnd)
            .isInstanceOf(SocketException.class)
            .hasMessageContaining("reset");
      }
    }
  }

  @Test
  void saysMoreThanItWasAsked() throws Exception {
    at(
        FinalDot.class,
        SmtpAnswer.accept()
            .followedBy(SmtpAnswer.reply(451, "4.4.2 too slow").after(Duration.ofMillis(10))));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.send("a@acme.test", HELLO)).startsWith("250");
      assertThat(client.reply()).startsWith("451");
      assertThat(client.ask("NOOP")).startsWith("250");
    }
    assertThat(sink.inbox().mails()).singleElement().returns(true, ReceivedMail::acknowledged);
  }

  @Test
  void losesPatienceBetweenMails() throws Exception {
    restart(SinkSettings.defaults().withIdle(Duration.ofMillis(50)));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.send("a@acme.test", HELLO);
      assertThat(client.reply()).isEqualTo("451 4.4.2 Timeout waiting for data from client");
      assertThat(client.replyOrEnd()).isNull();
    }
    at(SmtpStage.Idle.class, SmtpAnswer.reply(250, "still there?"));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.reply()).isEqualTo("250 still there?");
      assertThat(client.reply()).isEqualTo("250 still there?");
    }
  }

  @Test
  void offersWhatItIsToldTo() throws Exception {
    restart(
        SinkSettings.defaults()
            .withStartTls(Certificates.SERVER)
            .withCapabilities("SIZE 100", "STARTTLS")
            .withTlsCapabilities("AUTH=LOGIN"));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.ask("EHLO client.test"))
          .isEqualTo("250-sink.tallypost.test\n250-SIZE 100\n250 STARTTLS");
      client.ask("STARTTLS");
      client.startTls(Certificates.TRUSTING);
      assertThat(client.ask("EHLO client.test"))
          .isEqualTo("250-sink.tallypost.test\n250 AUTH=LOGIN");
    }
  }

  @Test
  void wantsHeloWhenItDoesNotKnowEhlo() throws Exception {
    sink.follow(stage ->
        stage instanceof Hello hello && hello.extended()
            ? SmtpAnswer.reply(502, "5.5.1 what")
            : SmtpAnswer.accept());
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.ask("MAIL FROM:<a@acme.test>")).startsWith("503");
      assertThat(client.ask("HELO client.test")).startsWith("250");
      assertThat(client.send("a@acme.test", HELLO)).startsWith("250");
    }
  }

  @Test
  void injectsInClearBehindStartTls() throws Exception {
    restart(SinkSettings.defaults().withStartTls(Certificates.SERVER));
    at(
        StartTls.class,
        SmtpAnswer.accept().followedBy(SmtpAnswer.reply(250, "sink.test", "AUTH PLAIN")));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.ask("STARTTLS")).startsWith("220");
      assertThat(client.reply()).isEqualTo("250-sink.test\n250 AUTH PLAIN");
      client.startTls(Certificates.TRUSTING);
      assertThat(client.ask("EHLO client.test")).contains("PIPELINING");
    }
  }

  @Test
  void turnsAwayConnectionsBeyondItsLimit() throws Exception {
    restart(SinkSettings.defaults().withMaxConnections(1));
    try (SmtpClient first = SmtpClient.greeted(sink);
        SmtpClient second = new SmtpClient(sink)) {
      assertThat(second.reply()).startsWith("421 4.7.0");
      assertThat(second.replyOrEnd()).isNull();
      assertThat(first.send("a@acme.test", HELLO)).startsWith("250");
    }
    await().untilAsserted(() -> assertThat(sink.openConnections()).isZero());
    try (SmtpClient client = new SmtpClient(sink)) {
      assertThat(client.reply()).startsWith("220");
    }
  }

  @Test
  void freezesAndThaws() throws Exception {
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      sink.freeze();
      client.timeout(Duration.ofMillis(200));
      assertThatThrownBy(() -> client.ask("NOOP")).isInstanceOf(SocketTimeoutException.class);
      try (SmtpClient late = new SmtpClient(sink)) {
        late.timeout(Duration.ofMillis(200));
        assertThatThrownBy(late::reply).isInstanceOf(SocketTimeoutException.class);
      }
      sink.thaw();
      client.timeout(Duration.ofSeconds(5));
      assertThat(client.reply()).startsWith("250");
    }
  }

  @Test
  void hangsUp() throws Exception {
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      sink.hangUp();
      assertThat(client.replyOrEnd()).isNull();
    }
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.send("a@acme.test", HELLO)).startsWith("250");
    }
  }

  @Test
  void readsNoCommandLineAboveItsLimit() throws Exception {
    restart(SinkSettings.defaults().withMaxCommandLine(512));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.ask("NOOP " + "x".repeat(505))).startsWith("250");
      assertThat(client.ask("NOOP " + "x".repeat(506))).startsWith("500");
    }
  }

  @Test
  void takesAMessageForNobodyWhenTheScriptSays354() throws Exception {
    sink.follow(stage ->
        switch (stage) {
          case Recipient to -> SmtpAnswer.reply(550, "5.1.1 no");
          case Data data -> SmtpAnswer.reply(354, "go on");
          default -> SmtpAnswer.accept();
        });
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.send("a@acme.test", new byte[0])).startsWith("250");
    }
    ReceivedMail mail = sink.inbox().mails().getFirst();
    assertThat(mail.recipients()).isEmpty();
    assertThat(mail.transaction().tried()).containsExactly("a@acme.test");
  }

  @Test
  void answersAGroupByteByByte() throws Exception {
    sink.follow(stage -> SmtpAnswer.accept().dripping(Duration.ZERO));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.write("MAIL FROM:<>\r\nRCPT TO:<a@acme.test>\r\nDATA\r\n".getBytes(UTF_8));
      assertThat(List.of(client.reply(), client.reply(), client.reply()))
          .extracting(reply -> reply.substring(0, 3))
          .containsExactly("250", "250", "354");
    }
  }

  @Test
  void answersTheCheckOfAKeptConnectionAsTold() throws Exception {
    at(Noop.class, SmtpAnswer.reply(421, "4.3.2 bye").thenClose());
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.ask("NOOP")).startsWith("421");
      assertThat(client.replyOrEnd()).isNull();
    }
  }

  @Test
  void recordsHowAMailWasHandedOver() throws Exception {
    sink.follow(stage ->
        stage instanceof Recipient to && to.address().startsWith("gone")
            ? SmtpAnswer.reply(550, "5.1.1 no")
            : SmtpAnswer.accept());
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.ask("MAIL FROM:<sender@acme.test> SIZE=30  BODY=8BITMIME SMTPUTF8");
      client.ask("RCPT TO:<gone@acme.test>");
      client.write("RCPT TO:<a@acme.test>\r\nDATA\r\n".getBytes(UTF_8));
      client.reply();
      client.reply();
      client.write("Hello\r\n.\r\n".getBytes(UTF_8));
      client.reply();
    }
    assertThat(sink.inbox().mails().getFirst().transaction())
        .isEqualTo(
            new SmtpTransaction(
                1,
                false,
                null,
                List.of("SIZE=30", "BODY=8BITMIME", "SMTPUTF8"),
                List.of("gone@acme.test", "a@acme.test"),
                false));
  }

  @Test
  void noticesAClientThatSpeaksBeforeItsTurn() throws Exception {
    byte[] group = "MAIL FROM:<>\r\nRCPT TO:<a@acme.test>\r\nDATA\r\n".getBytes(UTF_8);
    restart(SinkSettings.defaults().withCapabilities("8BITMIME"));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.send("a@acme.test", HELLO);
      client.write(group);
      List.of(client.reply(), client.reply(), client.reply());
      client.write("Hello\r\n.\r\n".getBytes(UTF_8));
      client.reply();
    }
    assertThat(sink.inbox().mails())
        .extracting(mail -> mail.transaction().early())
        .containsExactly(false, true);
    // With the extension the group is right, but not a message before 354.
    restart(SinkSettings.defaults());
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.write(group);
      List.of(client.reply(), client.reply(), client.reply());
      client.write("Hello\r\n.\r\n".getBytes(UTF_8));
      client.reply();
      client.write(
          "MAIL FROM:<>\r\nRCPT TO:<a@acme.test>\r\nDATA\r\nHello\r\n.\r\n".getBytes(UTF_8));
      List.of(client.reply(), client.reply(), client.reply(), client.reply());
    }
    assertThat(sink.inbox().mails())
        .extracting(mail -> mail.transaction().early())
        .containsExactly(false, true);
  }

  @Test
  void keepsTheBeginningAndTheSizeOfALargeMail() throws Exception {
    restart(SinkSettings.defaults().keepingOfEach(20));
    byte[] large = new byte[300_000];
    System.arraycopy(HELLO, 0, large, 0, HELLO.length);
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.send("a@acme.test", large)).startsWith("250");
    }
    ReceivedMail mail = sink.inbox().mails().getFirst();
    assertThat(mail.size()).isEqualTo(large.length + 2);
    assertThat(mail.raw()).hasSize(20);
    assertThat(mail.header("Subject")).hasValue("Hello");
  }
}
