package io.tallypost.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logging in (RFC 4954), and what it is worth. */
@Timeout(30)
class LoginIT extends RelayConversations {
  private static final String PASSWORD = "pÄss§wörd€😀";

  @ParameterizedTest
  @ValueSource(strings = {"PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "login", "NTLM PLAIN"})
  void logsInByWhatIsOffered(String mechanisms) {
    SmtpSink sink = sink(withUser(PASSWORD).withMechanisms(mechanisms.split(" ")));

    assertThat(send(login(sink, PASSWORD)).fault()).isEqualTo(Fault.NONE);

    assertThat(sink.inbox().mails().getFirst().transaction().user()).isEqualTo("jürgen");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PLAIN", "XOAUTH2"})
  void keepsToTheLengthOfACommandHoweverLongThePasswordIs(String mechanism) {
    String password = "x".repeat(600);
    SmtpSink sink = sink(withUser(password).withMechanisms(mechanism).withMaxCommandLine(512));

    assertThat(send(login(sink, password)).fault()).isEqualTo(Fault.NONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "PLAIN XOAUTH2"})
  void takesAWrongPasswordForAMistakeInTheSettings(String mechanisms) {
    SmtpSink sink = sink(withUser(PASSWORD).withMechanisms(mechanisms.split(" ")));

    AttemptResult attemptResult = send(login(sink, "wrong"));

    assertThat(attemptResult.fault()).isEqualTo(Fault.RELAY_MISCONFIGURED);
    assertThat(attemptResult.results().getFirst().reply()).extracting("code").isEqualTo(535);
  }

  @Test
  void showsThePasswordAsATokenWhereItIsNotTakenAsAPassword() {
    SmtpSink sink = sink(withUser(PASSWORD).withMechanisms("PLAIN", "XOAUTH2"));
    var tried = new CopyOnWriteArrayList<Boolean>();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Auth(var _, var _, boolean valid)) {
        tried.add(valid);
        return tried.size() == 1
            ? SmtpAnswer.reply(535, "5.7.8 no passwords")
            : SmtpAnswer.accept();
      }
      return SmtpAnswer.accept();
    });

    assertThat(send(login(sink, PASSWORD)).fault()).isEqualTo(Fault.NONE);
    assertThat(tried).hasSize(2);
  }

  @Test
  void saysWhereNothingIsOfferedThatIsKnownHere() {
    SmtpSink sink = sink(withUser(PASSWORD).withCapabilities("AUTH NTLM GSSAPI"));

    AttemptResult attemptResult = send(login(sink, PASSWORD));

    assertThat(attemptResult.fault()).isEqualTo(Fault.RELAY_MISCONFIGURED);
    assertThat(attemptResult.results().getFirst().error()).contains("no way to log in");
  }

  @Test
  void keepsNoReplyThatRepeatsTheLogin() {
    SmtpSink sink = sink(withUser(PASSWORD));
    sink.follow(stage ->
        stage instanceof SmtpStage.Auth
            ? SmtpAnswer.reply(535, "5.7.8 wrong: hunter2!")
            : SmtpAnswer.accept());

    assertThat(send(login(sink, "hunter2!")).results().toString()).doesNotContain("hunter2!");
  }

  @Test
  void believesNothingThatWasSaidBeforeTls(@TempDir Path folder) {
    SSLContext certificate = Certificates.selfSigned(folder, "dns:localhost,ip:127.0.0.1");
    SmtpSink sink =
        sink(
            withUser(PASSWORD)
                .withStartTls(certificate)
                .withTlsCapabilities("AUTH LOGIN", "SIZE 1000"));
    List<SmtpStage> logins = new CopyOnWriteArrayList<>();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.StartTls) {
        return SmtpAnswer.raw(220, "220 go ahead\r\n250-sink\r\n250 AUTH PLAIN\r\n");
      }
      if (stage instanceof SmtpStage.Auth) {
        logins.add(stage);
      }
      return SmtpAnswer.accept();
    });

    AttemptResult attemptResult =
        send(
            relay(
                sink,
                certificate.getSocketFactory(),
                "security=starttls",
                "user=jürgen",
                "password=" + PASSWORD));

    assertThat(attemptResult.fault()).isEqualTo(Fault.RELAY_TEMPORARY);
    assertThat(logins).isEmpty();
  }

  private static SinkSettings withUser(String password) {
    return SinkSettings.defaults().withUser("jürgen", password);
  }

  private SmtpRelay login(SmtpSink sink, String password) {
    return relay(sink, "user=jürgen", "password=" + password);
  }
}
