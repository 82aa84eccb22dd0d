package io.tallypost.stack.launcher;

import io.tallypost.stack.control.PrivateFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;

/** What relays' passwords are sealed by. */
final class EncryptionKey {

  private static final int BYTES = 32;

  private EncryptionKey() {}

  /** Made at the first start and kept: what is sealed by it must open after the next one. */
  static String in(Path data) {
    Path file = data.resolve("encryption.key");
    try {
      if (!Files.exists(file)) {
        var key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        PrivateFile.write(file, "stack:" + Base64.getEncoder().encodeToString(key) + "\n");
      }
      return Files.readString(file).strip();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
