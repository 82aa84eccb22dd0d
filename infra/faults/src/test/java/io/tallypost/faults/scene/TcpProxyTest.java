package io.tallypost.faults.scene;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.stack.smtp.SmtpSink;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TcpProxyTest {
  private final SmtpSink server = SmtpSink.start();
  private final TcpProxy proxy = TcpProxy.to(server.port());

  @AfterEach
  void close() {
    proxy.close();
    server.close();
  }

  @Test
  void vanishesWithoutAFinAndComesBackAsAHostThatWasRestarted() throws Exception {
    try (Socket kept = connected(2_000)) {
      assertThat(word(kept)).isEqualTo("220");

      proxy.vanish();

      kept.getOutputStream().write("NOOP\r\n".getBytes(US_ASCII));
      kept.setSoTimeout(200);
      assertThatThrownBy(() -> rest(kept)).isInstanceOf(SocketTimeoutException.class);
      assertThatThrownBy(() -> connected(200)).isInstanceOf(SocketTimeoutException.class);

      proxy.mend();

      kept.setSoTimeout(2_000);
      assertThatThrownBy(() -> rest(kept)).isInstanceOf(SocketException.class);
      try (Socket fresh = connected(2_000)) {
        assertThat(word(fresh)).isEqualTo("220");
      }
    }
  }

  private Socket connected(int millis) throws IOException {
    var socket = new Socket();
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()), millis);
    socket.setSoTimeout(2_000);
    return socket;
  }

  private static String word(Socket socket) throws IOException {
    return new String(socket.getInputStream().readNBytes(3), US_ASCII);
  }

  /** Reads until nothing more comes. */
  private static void rest(Socket socket) throws IOException {
    socket.getInputStream().readAllBytes();
  }
}
