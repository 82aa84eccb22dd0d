package io.tallypost.stack.smtp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.smtp.SmtpStage.FinalDot;
import io.tallypost.stack.smtp.SmtpStage.MailFrom;
import io.tallypost.stack.smtp.SmtpStage.Recipient;
import io.tallypost.stack.smtp.inbox.ReceivedMail;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SmtpSinkTest {

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

  @Test
  void keepsEnvelopeAndMessageOfWhatItAcknowledges() throws Exception {
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.ask("MAIL FROM:<sender@acme.test> SIZE=30 BODY=8BITMIME SMTPUTF8");
      client.ask("RCPT TO:<a@acme.test>");
      client.ask("rcpt to: <\"odd>local part\"@acme.test>");
      client.ask("RCPT TO:<ä@acme.test>");
      client.ask("DATA");
      client.write("Subject: Hello\r\n\r\nHello\r\n.\r\n".getBytes(UTF_8));
      assertThat(client.reply()).startsWith("250 2.0.0");
    }

    ReceivedMail mail = sink.inbox().mails().getFirst();
    assertThat(mail.mailFrom()).isEqualTo("sender@acme.test");
    assertThat(mail.recipients())
        .containsExactly("a@acme.test", "\"odd>local part\"@acme.test", "ä@acme.test");
    assertThat(mail.raw()).asString(UTF_8).isEqualTo("Subject: Hello\r\n\r\nHello\r\n");
    assertThat(mail.acknowledged()).isTrue();
  }

  @Test
  void offersTheExtensionsOfAModernRelay() throws Exception {
    try (SmtpClient client = new SmtpClient(sink)) {
      assertThat(client.reply()).startsWith("220 ");
      assertThat(client.ask("EHLO client.test"))
          .contains("250-PIPELINING", "250-SIZE ", "250-8BITMIME", "250-SMTPUTF8")
          .contains("250 ENHANCEDSTATUSCODES")
          .doesNotContain("STARTTLS", "AUTH");
      assertThat(client.ask("HELO client.test")).isEqualTo("250 sink.tallypost.test");
    }
  }

  @Test
  void removesDotStuffingAndNothingElse() throws Exception {
    byte[] sent = "a\r\n..\r\n..b\r\n.c\r\nd\n.\ne\r.\r\r\n...\r\n.\rf\r\n".getBytes(UTF_8);
    byte[] kept = "a\r\n.\r\n.b\r\nc\r\nd\n.\ne\r.\r\r\n..\r\n\rf\r\n".getBytes(UTF_8);

    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.ask("MAIL FROM:<sender@acme.test>");
      client.ask("RCPT TO:<a@acme.test>");
      client.ask("DATA");
      // One byte per packet: the ends of lines lie across reads.
      for (byte b : sent) {
        client.write(new byte[] {b});
      }
      client.write(".\r\n".getBytes(UTF_8));
      client.reply();
    }

    assertThat(sink.inbox().mails().getFirst().raw()).asString(UTF_8).isEqualTo(textOf(kept));
  }

  private static String textOf(byte[] bytes) {
    return new String(bytes, UTF_8);
  }

  @Test
  void keepsEveryByteValueOfALongMessage() throws Exception {
    byte[] message = new byte[300_000];
    for (int i = 0; i < message.length; i++) {
      message[i] = (byte) (i * 31);
    }

    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.send("a@acme.test", message)).startsWith("250");
    }

    byte[] raw = sink.inbox().mails().getFirst().raw();
    assertThat(raw).startsWith(message).hasSize(message.length + 2);
  }

  @Test
  void answersPipelinedCommandsInOrder() throws Exception {
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.write(
          """
          MAIL FROM:<sender@acme.test>\r
          RCPT TO:<a@acme.test>\r
          RCPT TO:nonsense\r
          DATA\r
          """
              .getBytes(UTF_8));
      assertThat(List.of(client.reply(), client.reply(), client.reply(), client.reply()))
          .extracting(reply -> reply.substring(0, 3))
          .containsExactly("250", "250", "501", "354");
      client.write("one\r\n.\r\nMAIL FROM:<>\r\nQUIT\r\n".getBytes(UTF_8));
      assertThat(List.of(client.reply(), client.reply(), client.reply()))
          .extracting(reply -> reply.substring(0, 3))
          .containsExactly("250", "250", "221");
      assertThat(client.replyOrEnd()).isNull();
    }
  }

  @Test
  void refusesCommandsOutOfOrder() throws Exception {
    try (SmtpClient client = new SmtpClient(sink)) {
      client.reply();
      assertThat(client.ask("MAIL FROM:<sender@acme.test>")).startsWith("503");
      client.ask("EHLO client.test");
      assertThat(client.ask("RCPT TO:<a@acme.test>")).startsWith("503");
      client.ask("MAIL FROM:<sender@acme.test>");
      assertThat(client.ask("DATA")).startsWith("503");
      assertThat(client.ask("RSET")).startsWith("250");
      assertThat(client.ask("RCPT TO:<a@acme.test>")).startsWith("503");
      assertThat(client.ask("XYZZY")).startsWith("500");
    }
  }

  @Test
  void refusesWhatIsLargerThanItSaid() throws Exception {
    restart(SinkSettings.defaults().withMaxMessageBytes(1_000));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.ask("MAIL FROM:<sender@acme.test> SIZE=1001")).startsWith("552");
      assertThat(client.send("a@acme.test", new byte[50_000])).startsWith("552 5.3.4");
      assertThat(client.send("a@acme.test", HELLO)).startsWith("250");
    }
    assertThat(sink.inbox().received()).isEqualTo(1);
  }

  @Test
  void wantsAuthenticationWhenItHasUsers() throws Exception {
    restart(SinkSettings.defaults().withUser("tallypost", "geheim"));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.ask("EHLO client.test")).contains("AUTH PLAIN LOGIN");
      assertThat(client.ask("MAIL FROM:<sender@acme.test>")).startsWith("530");
      assertThat(client.ask("AUTH PLAIN " + base64("\0tallypost\0falsch"))).startsWith("535");
      assertThat(client.ask("AUTH PLAIN %%%")).startsWith("501");
      assertThat(client.ask("AUTH PLAIN " + base64("\0tallypost\0geheim"))).startsWith("235");
      assertThat(client.ask("MAIL FROM:<sender@acme.test>")).startsWith("250");
    }
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.ask("AUTH LOGIN")).isEqualTo("334 VXNlcm5hbWU6");
      assertThat(client.ask(base64("tallypost"))).isEqualTo("334 UGFzc3dvcmQ6");
      assertThat(client.ask(base64("geheim"))).startsWith("235");
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  @Test
  void dropsWhatWasSaidInClearBehindStartTls() throws Exception {
    restart(SinkSettings.defaults().withStartTls(Certificates.SERVER));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThat(client.ask("EHLO client.test")).contains("STARTTLS");
      client.write("STARTTLS\r\nNOOP\r\n".getBytes(UTF_8));
      assertThat(client.reply()).startsWith("220");
      client.startTls(Certificates.TRUSTING);
      assertThat(client.ask("MAIL FROM:<sender@acme.test>")).startsWith("503");
      assertThat(client.ask("EHLO client.test")).doesNotContain("STARTTLS");
      assertThat(client.send("a@acme.test", HELLO)).startsWith("250");
    }
  }

  @Test
  void speaksTlsFromTheFirstByteWhenToldSo() throws Exception {
    restart(SinkSettings.defaults().withTls(Certificates.SERVER));
    try (SmtpClient client = new SmtpClient(sink)) {
      client.startTls(Certificates.TRUSTING);
      assertThat(client.reply()).startsWith("220");
    }
  }

  @Test
  void repliesAsTheScriptSays() throws Exception {
    sink.follow(stage ->
        switch (stage) {
          case Recipient(var session, var address) when address.startsWith("gone") ->
              SmtpAnswer.reply(550, "5.1.1 no such user", "never was");
          case MailFrom(var session, var address) when session.accepted() >= 1 ->
              SmtpAnswer.reply(421, "4.3.2 enough").thenClose();
          default -> SmtpAnswer.accept();
        });

    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.ask("MAIL FROM:<sender@acme.test>");
      assertThat(client.ask("RCPT TO:<gone@acme.test>"))
          .isEqualTo("550-5.1.1 no such user\n550 never was");
      assertThat(client.ask("RSET")).startsWith("250");
      assertThat(client.send("a@acme.test", HELLO)).startsWith("250");
      assertThat(client.ask("MAIL FROM:<sender@acme.test>")).isEqualTo("421 4.3.2 enough");
      assertThat(client.replyOrEnd()).isNull();
    }
  }

  @Test
  void refusesTwiceBeforeItAcceptsWhenTheScriptCounts() throws Exception {
    Map<String, Integer> tries = new ConcurrentHashMap<>();
    sink.follow(stage ->
        stage instanceof Recipient(var session, var address)
                && tries.merge(address, 1, Integer::sum) <= 2
            ? SmtpAnswer.reply(451, "4.7.1 greylisted")
            : SmtpAnswer.accept());

    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.ask("MAIL FROM:<sender@acme.test>");
      assertThat(client.ask("RCPT TO:<a@acme.test>")).startsWith("451");
      assertThat(client.ask("RCPT TO:<a@acme.test>")).startsWith("451");
      assertThat(client.ask("RCPT TO:<a@acme.test>")).startsWith("250");
    }
  }

  @Test
  void noReplyToTheDotIsNoAcknowledgement() throws Exception {
    for (SmtpAnswer answer : List.of(SmtpAnswer.close(), SmtpAnswer.reply(451, "4.3.0 later"))) {
      sink.inbox().clear();
      sink.follow(stage -> stage instanceof FinalDot ? answer : SmtpAnswer.accept());
      try (SmtpClient client = SmtpClient.greeted(sink)) {
        assertThat(client.send("a@acme.test", HELLO)).doesNotStartWith("250");
      }
      assertThat(sink.inbox().mails()).singleElement().returns(false, ReceivedMail::acknowledged);
    }
  }

  @Test
  void breaksTheConnectionAtTheDot() throws Exception {
    sink.follow(stage -> stage instanceof FinalDot ? SmtpAnswer.reset() : SmtpAnswer.accept());
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      assertThatThrownBy(() -> client.send("a@acme.test", HELLO))
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
    }
  }

  @Test
  void fallsSilent() throws Exception {
    sink.follow(stage -> stage instanceof MailFrom ? SmtpAnswer.mute() : SmtpAnswer.accept());
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.timeout(Duration.ofMillis(200));
      assertThatThrownBy(() -> client.ask("MAIL FROM:<sender@acme.test>"))
          .isInstanceOf(SocketTimeoutException.class);
    }
    await().untilAsserted(() -> assertThat(sink.openConnections()).isZero());
  }

  @Test
  void answersLateAndByteByByte() throws Exception {
    Duration pause = Duration.ofMillis(10);
    sink.follow(stage ->
        stage instanceof MailFrom
            ? SmtpAnswer.reply(250, "ok").after(pause).dripping(pause)
            : SmtpAnswer.accept());
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      long start = System.nanoTime();
      assertThat(client.ask("MAIL FROM:<sender@acme.test>")).isEqualTo("250 ok");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThan(pause.multipliedBy("250 ok".length()));
    }
  }

  @Test
  void tellsTheScriptWhenTheReplyToTheDotIsWritten() throws Exception {
    List<Integer> codes = new CopyOnWriteArrayList<>();
    sink.follow(
        new SmtpScript() {
          @Override
          public SmtpAnswer answer(SmtpStage stage) {
            return SmtpAnswer.accept();
          }

          @Override
          public void answered(FinalDot dot, int code) {
            codes.add(code);
          }
        });
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      client.send("a@acme.test", HELLO);
      client.ask("QUIT");
    }
    assertThat(codes).containsExactly(250);
  }

  @Test
  void keepsNoMoreThanItShould() throws Exception {
    restart(SinkSettings.defaults().keeping(2, 1_000_000));
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      for (String user : List.of("a", "b", "c")) {
        client.send(user + "@acme.test", HELLO);
      }
    }
    assertThat(sink.inbox().mails())
        .extracting(mail -> mail.recipients().getFirst())
        .containsExactly("b@acme.test", "c@acme.test");
    assertThat(sink.inbox().received()).isEqualTo(3);
  }

  @Test
  void refusesConnectionsOnceClosed() throws Exception {
    try (SmtpClient client = SmtpClient.greeted(sink)) {
      sink.close();
      assertThat(client.replyOrEnd()).isNull();
    }
    // The thread that accepts lets go of the port in its own time.
    await()
        .untilAsserted(
            () -> assertThatThrownBy(() -> new SmtpClient(sink)).hasMessageContaining("refused"));
  }
}
