package io.tallypost.keys;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One secret that opens a key.
 *
 * @param hash bcrypt of the secret
 * @param expiresAt when a replaced secret stops working; null for the current one
 */
public record ApiKeySecret(String hash, @Nullable Instant expiresAt) {

  /**
   * Checks that nothing is missing.
   *
   * @throws NullPointerException if the hash is missing
   */
  public ApiKeySecret {
    Objects.requireNonNull(hash, "hash");
  }

  /** Whether it opens the key. */
  public boolean validAt(Instant now) {
    return expiresAt == null || now.isBefore(expiresAt);
  }

  @Override
  public String toString() {
    return "ApiKeySecret[***]";
  }
}
