package io.tallypost.stack.smtp;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How a sink behaves.
 *
 * @param port the port of the loopback interface to listen on, 0 for a free one
 * @param memory what is kept of the mails
 * @param limits what a client may not exceed
 * @param offer what EHLO announces
 * @param access how a client gets in
 * @param script what is answered
 */
public record SinkSettings(
    int port, Memory memory, Limits limits, Offer offer, Access access, SmtpScript script) {

  /**
   * What is kept.
   *
   * @param mails how many mails before the oldest make room
   * @param bytes how many bytes of them
   * @param bytesPerMail how much of each; the headers are at the beginning
   */
  public record Memory(int mails, long bytes, int bytesPerMail) {}

  /**
   * What a client may not exceed.
   *
   * @param messageBytes the largest message, announced as SIZE
   * @param commandLine the longest command line in octets with its end; longer ones get 500
   * @param connections how many at once; more get 421
   * @param idle the longest silence between mails, then the client gets 451; null for five minutes
   *     without a word
   */
  public record Limits(
      int messageBytes, int commandLine, int connections, @Nullable Duration idle) {}

  /**
   * What EHLO announces.
   *
   * @param mechanisms those of AUTH, as they are announced; the sink knows PLAIN, LOGIN, CRAM-MD5
   *     and XOAUTH2
   * @param inClear all lines behind the first, null for the usual ones
   * @param underTls the same under TLS
   */
  public record Offer(
      List<String> mechanisms, @Nullable List<String> inClear, @Nullable List<String> underTls) {

    public Offer {
      mechanisms = List.copyOf(mechanisms);
      inClear = inClear == null ? null : List.copyOf(inClear);
      underTls = underTls == null ? null : List.copyOf(underTls);
    }
  }

  /**
   * How a client gets in.
   *
   * @param users user names and passwords or tokens; when there are any, AUTH is offered and MAIL
   *     wants it
   * @param tls the certificate; when there is one, STARTTLS is offered
   * @param implicitTls whether TLS begins with the connection instead
   */
  public record Access(Map<String, String> users, @Nullable SSLContext tls, boolean implicitTls) {

    public Access {
      users = Map.copyOf(users);
      if (implicitTls && tls == null) {
        throw new IllegalArgumentException("TLS from the first byte needs a certificate");
      }
    }
  }

  /** Accepts everything in clear on a free port. */
  public static SinkSettings defaults() {
    return new SinkSettings(
        0,
        new Memory(100_000, 128L * 1024 * 1024, Integer.MAX_VALUE),
        new Limits(64 * 1024 * 1024, 32 * 1024, Integer.MAX_VALUE, null),
        new Offer(List.of("PLAIN", "LOGIN"), null, null),
        new Access(Map.of(), null, false),
        SmtpScript.ACCEPT);
  }

  public SinkSettings withPort(int number) {
    return new SinkSettings(number, memory, limits, offer, access, script);
  }

  public SinkSettings keeping(int mails, long bytes) {
    return with(new Memory(mails, bytes, memory.bytesPerMail()));
  }

  /** Keeps no more than this of each mail, and the size of the whole. */
  public SinkSettings keepingOfEach(int bytes) {
    return with(new Memory(memory.mails(), memory.bytes(), bytes));
  }

  public SinkSettings withMaxMessageBytes(int bytes) {
    return with(new Limits(bytes, limits.commandLine(), limits.connections(), limits.idle()));
  }

  /** Refuses command lines with more octets than this, the end of the line included. */
  public SinkSettings withMaxCommandLine(int octets) {
    return with(new Limits(limits.messageBytes(), octets, limits.connections(), limits.idle()));
  }

  /** Greets connections beyond this many with 421 and closes them. */
  public SinkSettings withMaxConnections(int atOnce) {
    return with(new Limits(limits.messageBytes(), limits.commandLine(), atOnce, limits.idle()));
  }

  /** Says 451 and closes when nothing comes between mails for this long. */
  public SinkSettings withIdle(Duration silence) {
    return with(
        new Limits(limits.messageBytes(), limits.commandLine(), limits.connections(), silence));
  }

  /** Announces and takes these mechanisms, in whatever case. */
  public SinkSettings withMechanisms(String... names) {
    return with(new Offer(List.of(names), offer.inClear(), offer.underTls()));
  }

  /** Announces these extensions, in clear and under TLS, and no others. */
  public SinkSettings withCapabilities(String... lines) {
    return with(new Offer(offer.mechanisms(), List.of(lines), List.of(lines)));
  }

  /** Announces these extensions under TLS, and no others. */
  public SinkSettings withTlsCapabilities(String... lines) {
    return with(new Offer(offer.mechanisms(), offer.inClear(), List.of(lines)));
  }

  /** Lets one more user in. */
  public SinkSettings withUser(String user, String password) {
    Map<String, String> all = new HashMap<>(access.users());
    all.put(user, password);
    return with(new Access(all, access.tls(), access.implicitTls()));
  }

  /** Offers STARTTLS. */
  public SinkSettings withStartTls(SSLContext certificate) {
    return with(new Access(access.users(), certificate, false));
  }

  /** Speaks TLS from the first byte. */
  public SinkSettings withTls(SSLContext certificate) {
    return with(new Access(access.users(), certificate, true));
  }

  public SinkSettings withScript(SmtpScript answers) {
    return new SinkSettings(port, memory, limits, offer, access, answers);
  }

  private SinkSettings with(Memory kept) {
    return new SinkSettings(port, kept, limits, offer, access, script);
  }

  private SinkSettings with(Limits bounds) {
    return new SinkSettings(port, memory, bounds, offer, access, script);
  }

  private SinkSettings with(Offer announced) {
    return new SinkSettings(port, memory, limits, announced, access, script);
  }

  private SinkSettings with(Access allowed) {
    return new SinkSettings(port, memory, limits, offer, allowed, script);
  }
}
