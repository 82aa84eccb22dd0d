package io.tallypost.stack.smtp;

import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How a sink behaves.
 *
 * @param host the address to listen on
 * @param port the port to listen on, 0 for a free one
 * @param keepMails how many mails are kept before the oldest make room
 * @param keepBytes how many bytes of them
 * @param maxMessageBytes the largest message, announced as SIZE
 * @param users user names and passwords; when there are any, AUTH is offered and MAIL wants it
 * @param tls the certificate; when there is one, STARTTLS is offered
 * @param implicitTls whether TLS begins with the connection instead
 * @param script what is answered
 */
public record SinkSettings(
    String host,
    int port,
    int keepMails,
    long keepBytes,
    int maxMessageBytes,
    Map<String, String> users,
    @Nullable SSLContext tls,
    boolean implicitTls,
    SmtpScript script) {

  public SinkSettings {
    users = Map.copyOf(users);
    if (implicitTls && tls == null) {
      throw new IllegalArgumentException("TLS from the first byte needs a certificate");
    }
  }

  /** Accepts everything in clear on a free port of the loopback interface. */
  public static SinkSettings defaults() {
    return new SinkSettings(
        "127.0.0.1",
        0,
        100_000,
        128L * 1024 * 1024,
        64 * 1024 * 1024,
        Map.of(),
        null,
        false,
        SmtpScript.ACCEPT);
  }

  public SinkSettings withPort(int number) {
    return new SinkSettings(
        host, number, keepMails, keepBytes, maxMessageBytes, users, tls, implicitTls, script);
  }

  public SinkSettings keeping(int mails, long bytes) {
    return new SinkSettings(
        host, port, mails, bytes, maxMessageBytes, users, tls, implicitTls, script);
  }

  public SinkSettings withMaxMessageBytes(int bytes) {
    return new SinkSettings(
        host, port, keepMails, keepBytes, bytes, users, tls, implicitTls, script);
  }

  /** Lets one more user in. */
  public SinkSettings withUser(String user, String password) {
    Map<String, String> all = new HashMap<>(users);
    all.put(user, password);
    return new SinkSettings(
        host, port, keepMails, keepBytes, maxMessageBytes, all, tls, implicitTls, script);
  }

  /** Offers STARTTLS. */
  public SinkSettings withStartTls(SSLContext certificate) {
    return new SinkSettings(
        host, port, keepMails, keepBytes, maxMessageBytes, users, certificate, false, script);
  }

  /** Speaks TLS from the first byte. */
  public SinkSettings withTls(SSLContext certificate) {
    return new SinkSettings(
        host, port, keepMails, keepBytes, maxMessageBytes, users, certificate, true, script);
  }

  public SinkSettings withScript(SmtpScript answers) {
    return new SinkSettings(
        host, port, keepMails, keepBytes, maxMessageBytes, users, tls, implicitTls, answers);
  }
}
