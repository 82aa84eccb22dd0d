package io.tallypost.relays;

import java.util.Objects;

/**
 * A secret that only holders of a key can read.
 *
 * @param keyId which of the keys in {@code EMAIL_ENCRYPTION_KEY} decrypts it
 * @param sealed nonce and AES-256-GCM ciphertext with its tag, in Base64
 */
public record SealedSecret(String keyId, String sealed) {

  /**
   * Checks that all is there.
   *
   * @throws NullPointerException if a part is missing
   */
  public SealedSecret {
    Objects.requireNonNull(keyId, "key_id");
    Objects.requireNonNull(sealed, "sealed");
  }

  /** Without the ciphertext. */
  @Override
  public String toString() {
    return "sealed by " + keyId;
  }
}
