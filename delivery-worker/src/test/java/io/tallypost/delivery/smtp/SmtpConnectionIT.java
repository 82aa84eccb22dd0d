package io.tallypost.delivery.smtp;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.delivery.smtp.wire.SmtpConnection;
import io.tallypost.stack.smtp.SmtpSink;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Finding a relay and connecting to it. */
@Timeout(30)
class SmtpConnectionIT extends RelayConversations {

  @Test
  void triesOneAddressAfterTheOther() throws IOException {
    SmtpSink sink = sink();
    var guard = new SendGuard();
    // Nobody listens on the first two.
    List<InetAddress> addresses = addresses("127.0.0.9", "127.0.0.8", "127.0.0.1");

    SmtpConnection connection = SmtpConnection.open(addresses, sink.port(), Timeouts.of(), guard);

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
                addresses("127.0.0.9", "127.0.0.8"), sink.port(), Timeouts.of(), guard))
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
