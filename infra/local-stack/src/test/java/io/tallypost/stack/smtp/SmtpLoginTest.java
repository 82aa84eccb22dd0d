package io.tallypost.stack.smtp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SmtpLoginTest {

  private final SmtpSink sink =
      SmtpSink.start(
          SinkSettings.defaults()
              .withUser("tallypost", "geheim")
              .withMechanisms("plain", "LOGIN", "CRAM-MD5", "XOAUTH2"));
  private SmtpClient client;

  @BeforeEach
  void connect() throws Exception {
    client = SmtpClient.greeted(sink);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    sink.close();
  }

  @Test
  void announcesItsMechanismsAsTheyAreWritten() throws Exception {
    assertThat(client.ask("EHLO client.test")).endsWith("250 AUTH plain LOGIN CRAM-MD5 XOAUTH2");
    assertThat(client.ask("AUTH GSSAPI")).startsWith("504");
  }

  @Test
  void takesAPasswordWithAndWithoutAnInitialResponse() throws Exception {
    assertThat(client.ask("AUTH PLAIN " + base64("\0tallypost\0falsch"))).startsWith("535");
    assertThat(client.ask("AUTH PLAIN")).isEqualTo("334");
    assertThat(client.ask("*")).startsWith("501");
    assertThat(client.ask("AUTH PLAIN")).isEqualTo("334");
    assertThat(client.ask(base64("\0tallypost\0geheim"))).startsWith("235");
    client.send("a@acme.test", new byte[0]);
    assertThat(sink.inbox().mails().getFirst().transaction().user()).isEqualTo("tallypost");
  }

  @Test
  void takesTheDigestOfItsChallenge() throws Exception {
    assertThat(answerTo(client.ask("AUTH CRAM-MD5"), "falsch")).startsWith("535");
    assertThat(answerTo(client.ask("AUTH CRAM-MD5"), "geheim")).startsWith("235");
  }

  private String answerTo(String prompt, String password) throws Exception {
    Mac mac = Mac.getInstance("HmacMD5");
    mac.init(new SecretKeySpec(password.getBytes(UTF_8), "HmacMD5"));
    byte[] digest = mac.doFinal(Base64.getDecoder().decode(prompt.substring("334 ".length())));
    return client.ask(base64("tallypost " + HexFormat.of().formatHex(digest)));
  }

  @Test
  void saysWhyATokenIsRefusedBeforeItRefuses() throws Exception {
    String reason = client.ask("AUTH XOAUTH2 " + token("stale"));
    assertThat(new String(Base64.getDecoder().decode(reason.substring(4)), UTF_8))
        .contains("\"status\":\"400\"");
    assertThat(client.ask("")).startsWith("535");
    client.ask("AUTH XOAUTH2 " + token("stale"));
    assertThat(client.ask("QUIT")).startsWith("501");
    assertThat(client.ask("AUTH XOAUTH2")).isEqualTo("334");
    assertThat(client.ask(token("geheim"))).startsWith("235");
  }

  private static String token(String value) {
    return base64("user=tallypost\1auth=Bearer " + value + "\1\1");
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
