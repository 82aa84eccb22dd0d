package io.tallypost.intake.keys;

import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import java.time.Instant;
import java.util.List;

/**
 * The secret of the first operator's key. It is in a file for the person who starts Tallypost
 * first, so it ends soon, unless that person makes another operator's key with it. Only such a key
 * has nothing but secrets that end: a rotation leaves one that does not.
 */
final class FirstSecret {
  private FirstSecret() {}

  static List<ApiKeySecret> ending(List<ApiKeySecret> secrets, Instant end) {
    return secrets.stream().map(secret -> new ApiKeySecret(secret.hash(), end)).toList();
  }

  static List<ApiKeySecret> confirmed(List<ApiKeySecret> secrets) {
    return secrets.stream().map(secret -> new ApiKeySecret(secret.hash(), null)).toList();
  }

  /** Whether it opens the key now, and will end. */
  static boolean isUnconfirmed(ApiKeyState key, Instant now) {
    return opens(key, now) && key.secrets().stream().allMatch(secret -> secret.expiresAt() != null);
  }

  /** Whether any secret opens the key. */
  static boolean opens(ApiKeyState key, Instant now) {
    return key.secrets().stream().anyMatch(secret -> secret.validAt(now));
  }
}
