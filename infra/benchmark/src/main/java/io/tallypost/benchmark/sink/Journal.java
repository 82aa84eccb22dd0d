package io.tallypost.benchmark.sink;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A file with a line per mail, written by a sink and read by another process as it grows. */
public final class Journal {
  private static final Duration FLUSH = Duration.ofMillis(100);

  private final FileChannel file;
  private final StringBuilder pending = new StringBuilder();
  private final StringBuilder unread = new StringBuilder();

  private Journal(FileChannel file) {
    this.file = file;
  }

  /** A mail that a sink has taken. */
  public record Entry(String messageId, long atMicros) {}

  static Journal open(Path path) throws IOException {
    var journal =
        new Journal(FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    Thread.ofPlatform().daemon().name("journal").start(journal::flushForEver);
    return journal;
  }

  public static Journal read(Path path) throws IOException {
    return new Journal(FileChannel.open(path, StandardOpenOption.READ));
  }

  synchronized void add(String messageId, long atMicros) {
    pending.append(messageId).append(' ').append(atMicros).append('\n');
  }

  private void flushForEver() {
    try {
      while (true) {
        Thread.sleep(FLUSH);
        String lines;
        synchronized (this) {
          lines = pending.toString();
          pending.setLength(0);
        }
        ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes(US_ASCII));
        while (bytes.hasRemaining()) {
          file.write(bytes);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What was written since the last call. */
  List<Entry> news() {
    try {
      var bytes = ByteBuffer.allocate(64 * 1024);
      while (file.read(bytes) >= 0) {
        unread.append(US_ASCII.decode(bytes.flip()));
        bytes.clear();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int whole = unread.lastIndexOf("\n") + 1;
    List<Entry> entries = unread.substring(0, whole).lines().map(Journal::entry).toList();
    unread.delete(0, whole);
    return new ArrayList<>(entries);
  }

  public static Entry entry(String line) {
    int blank = line.lastIndexOf(' ');
    return new Entry(line.substring(0, blank), Long.parseLong(line.substring(blank + 1)));
  }
}
