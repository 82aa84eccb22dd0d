package io.tallypost.benchmark.sink;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * An SMTP server (RFC 5321) that accepts everything, as a process of its own: {@code FastSink PORT
 * FILE}. It keeps only a line per mail: its Message-ID, and when it was answered 250. While a file
 * {@code FILE.mute} exists it answers no MAIL. It is not the local stack's sink because its CPU is
 * spent on the cores that are measured (docs/lab/benchmarks-2026-11.md).
 */
final class FastSink {
  private static final byte[] END = "\r\n.\r\n".getBytes(StandardCharsets.ISO_8859_1);
  private static final String MESSAGE_ID = "message-id:";
  private static final int BACKLOG = 1024;
  private static final Duration GLANCE = Duration.ofMillis(100);

  private FastSink() {}

  public static void main(String[] args) throws IOException {
    var journal = Journal.open(Path.of(args[1]));
    var mute = Path.of(args[1] + ".mute");
    try (var server =
        new ServerSocket(Integer.parseInt(args[0]), BACKLOG, InetAddress.getLoopbackAddress())) {
      while (true) {
        Socket socket = server.accept();
        Thread.ofVirtual().start(() -> converse(socket, journal, mute));
      }
    }
  }

  private static void converse(Socket socket, Journal journal, Path mute) {
    try (socket) {
      socket.setTcpNoDelay(true);
      var in = new ByteReader(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      var answers = new StringBuilder("220 sink ESMTP\r\n");
      while (true) {
        if (in.mightWait()) {
          flush(out, answers);
        }
        String command = line(in);
        switch (command.length() < 4 ? "" : command.substring(0, 4).toUpperCase(Locale.ROOT)) {
          case "EHLO" ->
              answers.append("250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n");
          case "MAIL" -> {
            if (Files.exists(mute)) {
              hangUntilGone(mute);
              return;
            }
            answers.append("250 ok\r\n");
          }
          case "HELO", "RCPT", "RSET", "NOOP" -> answers.append("250 ok\r\n");
          case "DATA" -> {
            answers.append("354 go on\r\n");
            flush(out, answers);
            String messageId = mail(in);
            answers.append("250 kept\r\n");
            flush(out, answers);
            journal.add(messageId, WallClock.now());
          }
          case "QUIT" -> {
            answers.append("221 bye\r\n");
            flush(out, answers);
            return;
          }
          default -> answers.append("500 what\r\n");
        }
      }
    } catch (IOException ended) {
      // The client has left.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void hangUntilGone(Path mute) throws InterruptedException {
    while (Files.exists(mute)) {
      Thread.sleep(GLANCE);
    }
  }

  private static void flush(OutputStream out, StringBuilder answers) throws IOException {
    if (!answers.isEmpty()) {
      out.write(answers.toString().getBytes(StandardCharsets.US_ASCII));
      answers.setLength(0);
    }
  }

  /** Reads a mail to its dot and returns its Message-ID. */
  private static String mail(ByteReader in) throws IOException {
    String messageId = "";
    String header = line(in);
    while (!header.isEmpty()) {
      if (header.regionMatches(true, 0, MESSAGE_ID, 0, MESSAGE_ID.length())) {
        messageId = header.substring(MESSAGE_ID.length()).strip();
      }
      header = line(in);
    }
    // If the body is empty, the empty line's end is the first part of the end.
    int matched = 2;
    while (matched < END.length) {
      int next = in.read();
      matched = next == END[matched] ? matched + 1 : next == '\r' ? 1 : 0;
    }
    return messageId;
  }

  private static String line(ByteReader in) throws IOException {
    var line = new StringBuilder(80);
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }
}
