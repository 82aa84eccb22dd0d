package io.tallypost.intake.keys.secrets;

import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.kit.problems.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.springframework.http.HttpStatus;

/** Which secrets open a key, and until when. */
public final class Secrets {
  /** Each wrong attempt costs one bcrypt per secret. */
  static final int MOST = 4;

  private Secrets() {}

  /**
   * The new secret, and those before it until the overlap ends; one that ends earlier already keeps
   * its end.
   *
   * @throws ProblemException 409 if too many overlap
   */
  public static List<ApiKeySecret> rotate(
      ApiKeyState key, ApiKeySecret fresh, Instant now, Duration overlap) {
    Instant end = now.plus(overlap);
    var secrets = new ArrayList<ApiKeySecret>();
    secrets.add(fresh);
    key.secrets().stream()
        .map(old -> old.validAt(end) ? new ApiKeySecret(old.hash(), end) : old)
        .filter(old -> old.validAt(now))
        .forEach(secrets::add);
    if (secrets.size() > MOST) {
      throw new ProblemException(
          HttpStatus.CONFLICT,
          "too_many_secrets",
          "This key has %d secrets that still overlap; rotate with overlap 0 to end them, or wait."
              .formatted(MOST));
    }
    return secrets;
  }

  /**
   * For the first operator's key. Its secret is in a file for the person who starts Tallypost
   * first, so it ends soon, unless that person makes another operator's key with it. Only such a
   * key has nothing but secrets that end: a rotation leaves one that does not.
   */
  public static List<ApiKeySecret> ending(List<ApiKeySecret> secrets, Instant end) {
    return secrets.stream().map(secret -> new ApiKeySecret(secret.hash(), end)).toList();
  }

  /** All of them for good. */
  public static List<ApiKeySecret> confirmed(List<ApiKeySecret> secrets) {
    return secrets.stream().map(secret -> new ApiKeySecret(secret.hash(), null)).toList();
  }

  /** Whether it opens the key now, and will end. */
  public static boolean isUnconfirmed(ApiKeyState key, Instant now) {
    return opens(key, now) && key.secrets().stream().allMatch(secret -> secret.expiresAt() != null);
  }

  /** Whether any secret opens the key. */
  public static boolean opens(ApiKeyState key, Instant now) {
    return key.secrets().stream().anyMatch(secret -> secret.validAt(now));
  }
}
