package io.tallypost.benchmark.sink;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;

/** How much the sink takes alone: it must not be the bottleneck of a benchmark. */
public final class SinkProbe {
  private static final int CONNECTIONS = 8;
  private static final Duration WARM_UP = Duration.ofSeconds(3);
  private static final Duration MEASURED = Duration.ofSeconds(4);
  private static final byte[] ENVELOPE =
      "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n".getBytes(US_ASCII);

  private SinkProbe() {}

  /** Mails of 4 KB a second. */
  public static long perSecond(Path directory) throws IOException, InterruptedException {
    try (SinkProcess sink = SinkProcess.start(directory)) {
      push(sink, WARM_UP);
      return push(sink, MEASURED) / MEASURED.toSeconds();
    }
  }

  private static long push(SinkProcess sink, Duration duration) throws InterruptedException {
    var taken = new LongAdder();
    long end = System.nanoTime() + duration.toNanos();
    byte[] mail = mail();
    List<Callable<Void>> clients = new ArrayList<>();
    for (int client = 0; client < CONNECTIONS; client++) {
      clients.add(() -> {
        push(sink.port(), mail, end, taken);
        return null;
      });
    }
    try (var threads = Executors.newFixedThreadPool(CONNECTIONS)) {
      for (var client : threads.invokeAll(clients)) {
        client.resultNow();
      }
    }
    return taken.sum();
  }

  private static void push(int port, byte[] mail, long end, LongAdder taken) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      OutputStream out = socket.getOutputStream();
      expect(in, "220");
      out.write("HELO probe\r\n".getBytes(US_ASCII));
      expect(in, "250");
      while (System.nanoTime() < end) {
        out.write(ENVELOPE);
        expect(in, "250");
        expect(in, "250");
        expect(in, "354");
        out.write(mail);
        expect(in, "250");
        taken.increment();
      }
    }
  }

  private static void expect(BufferedReader in, String code) throws IOException {
    String line = in.readLine();
    if (line == null || !line.startsWith(code)) {
      throw new IOException("the sink answered " + line + " where " + code + " was due");
    }
  }

  private static byte[] mail() {
    String line = "A line of a mail of four kilobytes, as many others are in it, at last.\r\n";
    return ("Message-ID: <probe@example.org>\r\nSubject: probe\r\n\r\n" + line.repeat(56) + ".\r\n")
        .getBytes(US_ASCII);
  }
}
