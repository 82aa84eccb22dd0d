package io.tallypost.intake.keys.secrets;

import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.kit.keys.BcryptPool;
import io.tallypost.kit.problems.Refusals;
import io.tallypost.mail.Mode;
import java.security.SecureRandom;

/**
 * Makes secrets, in the pool that checks clients' secrets, and in turn with those. It takes
 * bcrypt's time, so no transaction may be open.
 */
public final class SecretFactory {
  private final BcryptPool bcrypt;
  private final SecureRandom random = new SecureRandom();

  public SecretFactory(BcryptPool bcrypt) {
    this.bcrypt = bcrypt;
  }

  /**
   * The first secret of a new key, whose id is in its token.
   *
   * @throws io.tallypost.kit.problems.ProblemException 503 if too many are hashed, or the turn does
   *     not come in time
   */
  public NewSecret first(Mode mode, TenantId tenant) {
    return hashed(ApiKeyToken.generate(mode, random), tenant);
  }

  /**
   * Another secret of a key.
   *
   * @throws io.tallypost.kit.problems.ProblemException as {@link #first}
   */
  public NewSecret another(ApiKeyId key, Mode mode, TenantId tenant) {
    return hashed(ApiKeyToken.renew(mode, key, random), tenant);
  }

  private NewSecret hashed(ApiKeyToken token, TenantId tenant) {
    try {
      return new NewSecret(
          token, new ApiKeySecret(bcrypt.encode(tenant.value(), token.secret()), null));
    } catch (BcryptPool.FullException e) {
      throw Refusals.unavailable("Too many API keys are being made or checked; try again.");
    }
  }
}
