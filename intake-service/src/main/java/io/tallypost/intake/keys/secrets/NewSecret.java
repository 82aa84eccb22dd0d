package io.tallypost.intake.keys.secrets;

import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyToken;

/**
 * A secret that was just made, in memory only.
 *
 * @param token the plaintext, which is nowhere else
 * @param secret what is kept of it
 */
public record NewSecret(ApiKeyToken token, ApiKeySecret secret) {
  @Override
  public String toString() {
    return "NewSecret[" + token + "]";
  }
}
