package io.tallypost.kit.relays;

import static java.util.function.Predicate.not;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys from a file, one per line, read again when it changes: a mounted secret is replaced without
 * a restart. If the file cannot be read, the keys stay.
 */
final class KeyFile implements Supplier<Map<String, SecretKeySpec>> {
  private static final Logger log = LoggerFactory.getLogger(KeyFile.class);

  private record Stamp(FileTime modified, long size) {}

  private final Path file;
  private final List<String> others;
  private @Nullable Stamp seen;
  private Map<String, SecretKeySpec> keys;

  /**
   * Reads it for the first time.
   *
   * @param others follow those of the file
   * @throws IllegalArgumentException if the file or a key cannot be read
   */
  KeyFile(Path file, List<String> others) {
    this.file = file;
    this.others = others;
    try {
      this.seen = stamp();
      this.keys = read();
    } catch (IOException e) {
      throw new IllegalArgumentException("the file of keys cannot be read: " + e, e);
    }
  }

  @Override
  public synchronized Map<String, SecretKeySpec> get() {
    try {
      Stamp now = stamp();
      if (!now.equals(seen)) {
        seen = now;
        keys = read();
        log.atInfo().addKeyValue("keys", keys.keySet()).log("encryption keys read again");
      }
    } catch (IOException e) {
      log.atError().setCause(e).log("key file cannot be read, keeping the former keys");
    } catch (IllegalArgumentException e) {
      log.atError().log("key file is not used, keeping the former keys: {}", e.getMessage());
    }
    return keys;
  }

  private Stamp stamp() throws IOException {
    return new Stamp(Files.getLastModifiedTime(file), Files.size(file));
  }

  private Map<String, SecretKeySpec> read() throws IOException {
    List<String> lines =
        Files.readAllLines(file).stream().map(String::strip).filter(not(String::isEmpty)).toList();
    if (lines.isEmpty()) {
      throw new IllegalArgumentException("there is no key in it");
    }
    return KeyRing.read(Stream.concat(lines.stream(), others.stream()).toList());
  }
}
