package io.tallypost.delivery.smtp;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.delivery.smtp.wire.SmtpConnection;
import io.tallypost.mail.SmtpReply;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpSink;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Finding a relay and connecting to it. */
@Timeout(30)
class SmtpConnectionIT extends RelayConversations {

  @Test
  void triesOneAddressAfterTheOther() throws IOException {
    SmtpSink sink = sink();
    var guard = new SendGuard();
    // Nobody listens on the first two.
    List<InetAddress> addresses = addresses("127.0.0.9", "127.0.0.8", "127.0.0.1");

    SmtpConnection connection =
        SmtpConnection.open(addresses, sink.port(), Timeouts.of(), guard, _ -> {});

    assertThat(connection.reader().read().code()).isEqualTo(220);
    connection.quit();
    guard.release();
  }

  @Test
  void saysWhyNoAddressAnswers() throws IOException {
    SmtpSink sink = sink();
    var guard = new SendGuard();

    assertThatThrownBy(() ->
            SmtpConnection.open(
                addresses("127.0.0.9", "127.0.0.8"), sink.port(), Timeouts.of(), guard, _ -> {}))
        .isInstanceOf(ConnectException.class);
    guard.release();
  }

  @Test
  void givesUpANameServerThatDoesNotAnswer() {
    SmtpRelay relay =
        relay(
            sink(),
            "host=" + HangingNames.HANGING,
            "timeouts.connect-all=300ms",
            "timeouts.connect=300ms");

    AttemptResult attemptResult = send(relay);

    assertThat(attemptResult.fault()).isEqualTo(Fault.RELAY_TEMPORARY);
    assertThat(attemptResult.mayGoElsewhere()).isTrue();
    assertThat(attemptResult.results().getFirst().error()).contains("in time");
  }

  @Test
  void canBeBrokenOffWhileANameIsLookedUp() throws Exception {
    SmtpRelay relay = relay(sink(), "host=" + HangingNames.HANGING);
    var guard = new SendGuard();
    var sending = CompletableFuture.supplyAsync(() -> trySend(relay, TO_BOB, guard));
    await().until(() -> relay.usage().active() == 1);

    guard.breakOff();

    assertThat(sending.get()).isNull();
    assertThat(guard.isBrokenOff()).isTrue();
  }

  /** One machine of a name is being restarted, or wants no more connections. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "close",
        "reset",
        "421 4.3.2 busy",
        "554 5.7.1 not you",
        "what is this",
        "220 hello\n421 4.3.2 busy",
        "220 hello\n"
      })
  void goesOnToTheNextAddressWhereOneTakesNoMail(String says) throws IOException {
    SmtpSink sink = sink();
    try (ServerSocket first = machine(sink.port(), says)) {
      SmtpRelay relay = relay(sink, "host=" + HangingNames.TWO_MACHINES);

      assertThat(send(relay).fault()).isEqualTo(Fault.NONE);

      assertThat(sink.inbox().mails()).hasSize(1);
      assertThat(relay.usage().open()).isEqualTo(1);
      assertThat(first.isClosed()).isFalse();
    }
  }

  @Test
  void goesOnToTheNextAddressWhereOneDoesNotOfferTls(@TempDir Path folder) throws IOException {
    SSLContext certificate = Certificates.selfSigned(folder, "dns:" + HangingNames.TWO_MACHINES);
    SmtpSink sink = sink(SinkSettings.defaults().withStartTls(certificate));
    try (ServerSocket _ = machine(sink.port(), "220 hello\n250 SIZE")) {
      SmtpRelay relay =
          relay(
              sink,
              certificate.getSocketFactory(),
              "security=starttls",
              "host=" + HangingNames.TWO_MACHINES);

      assertThat(send(relay).fault()).isEqualTo(Fault.NONE);
    }
  }

  @Test
  void saysWhatTheOnlyMachineSaidThatIsThere() throws IOException {
    SmtpSink sink = sink();
    int port = sink.port();
    SmtpRelay relay = relay(sink, "host=" + HangingNames.TWO_MACHINES);
    sink.close();
    try (ServerSocket _ = machine(port, "421 4.3.2 busy")) {
      assertThat(send(relay).results().getFirst().reply())
          .extracting(SmtpReply::code)
          .isEqualTo(421);
    }
  }

  /** Its silence may use up the time of an attempt, but not that of each. */
  @Test
  void beginsTheNextAttemptAtAnotherMachineThanTheSilentOne() throws IOException {
    SmtpSink sink = sink();
    try (var silent = new ServerSocket()) {
      silent.bind(new InetSocketAddress(HangingNames.FIRST_MACHINE, sink.port()));
      SmtpRelay relay = relay(sink, "host=" + HangingNames.TWO_MACHINES, "timeouts.open=1s");

      assertThat(send(relay).fault()).isEqualTo(Fault.RELAY_TEMPORARY);
      assertThat(send(relay).fault()).isEqualTo(Fault.NONE);
    }
  }

  @Test
  void beginsTheNextAttemptAtAnotherMachineThanTheUnreachableOne() throws IOException {
    SmtpSink sink = sink();
    try (var _ = Unreachable.at(HangingNames.FIRST_MACHINE, sink.port())) {
      SmtpRelay relay =
          relay(
              sink,
              "host=" + HangingNames.TWO_MACHINES,
              "timeouts.connect=2s",
              "timeouts.connect-all=1s");

      assertThat(send(relay).fault()).isEqualTo(Fault.RELAY_TEMPORARY);
      assertThat(send(relay).fault()).isEqualTo(Fault.NONE);
    }
  }

  /** The first machine of the name: says a line to each connection and to each of its commands. */
  private static ServerSocket machine(int port, String says) throws IOException {
    var server = new ServerSocket();
    server.bind(new InetSocketAddress(HangingNames.FIRST_MACHINE, port));
    Thread.ofVirtual()
        .start(() -> {
          while (!server.isClosed()) {
            try (Socket one = server.accept()) {
              speak(one, says);
            } catch (IOException e) {
              // The client has left, or the test is over.
            }
          }
        });
    return server;
  }

  private static void speak(Socket one, String says) throws IOException {
    if (says.equals("reset")) {
      one.setSoLinger(true, 0);
    }
    if (says.equals("reset") || says.equals("close")) {
      return;
    }
    var commands = new BufferedReader(new InputStreamReader(one.getInputStream(), US_ASCII));
    for (String line : says.split("\n", -1)) {
      one.getOutputStream().write((line + "\r\n").getBytes(US_ASCII));
      if (commands.readLine() == null) {
        return;
      }
    }
  }

  private static List<InetAddress> addresses(String... all) throws IOException {
    return Arrays.stream(all).map(SmtpConnectionIT::address).toList();
  }

  private static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
