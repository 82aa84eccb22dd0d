package io.tallypost.stack.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The processes of a launcher that was killed before it could end them: the next launcher on the
 * same data ends them.
 */
final class Leftovers {

  private final Path file;

  Leftovers(Path data) {
    this.file = data.resolve("pids");
  }

  /** Remembers a process by its id and, because ids are used again, its start. */
  synchronized void remember(long pid) {
    try {
      Files.writeString(
          file,
          "%d %s%n".formatted(pid, startOf(pid).orElse(Instant.EPOCH)),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Kills the remaining ones and forgets them; returns their number. */
  int end() {
    int ended = 0;
    try {
      if (Files.exists(file)) {
        for (String line : Files.readAllLines(file)) {
          String[] words = line.split(" ", 2);
          long pid = Long.parseLong(words[0]);
          if (startOf(pid).map(Instant::toString).filter(words[1]::equals).isPresent()) {
            ended += kill(pid);
          }
        }
        Files.delete(file);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return ended;
  }

  private static int kill(long pid) {
    return ProcessHandle.of(pid)
        .map(process -> {
          process.destroyForcibly();
          process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
          return 1;
        })
        .orElse(0);
  }

  private static Optional<Instant> startOf(long pid) {
    return ProcessHandle.of(pid).flatMap(process -> process.info().startInstant());
  }
}
