package io.tallypost.stack.smtp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A client that writes bytes and reads replies, no more. */
final class SmtpClient implements AutoCloseable {

  private Socket socket;

  SmtpClient(SmtpSink sink) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), sink.port());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(5_000);
  }

  /** Connects, reads the banner and says EHLO. */
  static SmtpClient greeted(SmtpSink sink) throws IOException {
    SmtpClient client = new SmtpClient(sink);
    client.reply();
    client.ask("EHLO client.test");
    return client;
  }

  void timeout(Duration time) throws IOException {
    socket.setSoTimeout((int) time.toMillis());
  }

  String ask(String line) throws IOException {
    write((line + "\r\n").getBytes(UTF_8));
    return reply();
  }

  void write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /** A whole message to one recipient; the reply to its dot. */
  String send(String recipient, byte[] message) throws IOException {
    sendUpToTheDot(recipient, message);
    return reply();
  }

  /** The same without its last step: the caller reads the reply to the dot. */
  void sendUpToTheDot(String recipient, byte[] message) throws IOException {
    ask("MAIL FROM:<sender@acme.test>");
    ask("RCPT TO:<" + recipient + ">");
    ask("DATA");
    write(message);
    write("\r\n.\r\n".getBytes(UTF_8));
  }

  byte[] read(int bytes) throws IOException {
    return socket.getInputStream().readNBytes(bytes);
  }

  /** All lines of one reply, or null when the sink has left. */
  @Nullable String replyOrEnd() throws IOException {
    StringBuilder lines = new StringBuilder();
    while (true) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      InputStream in = socket.getInputStream();
      for (int b = in.read(); b != '\n'; b = in.read()) {
        if (b < 0) {
          return null;
        }
        line.write(b);
      }
      String text = line.toString(UTF_8).strip();
      lines.append(lines.isEmpty() ? "" : "\n").append(text);
      if (text.length() < 4 || text.charAt(3) != '-') {
        return lines.toString();
      }
    }
  }

  String reply() throws IOException {
    String reply = replyOrEnd();
    return reply == null ? "(the connection was closed)" : reply;
  }

  void startTls(SSLContext trust) throws IOException {
    var secured =
        (SSLSocket)
            trust.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
    secured.startHandshake();
    socket = secured;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
