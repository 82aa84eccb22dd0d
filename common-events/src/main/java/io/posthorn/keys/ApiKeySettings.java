package io.posthorn.keys;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How API keys are verified.
 *
 * @param bcryptCost the base-2 logarithm of bcrypt's rounds for new keys, 4 to 31; 10 costs some 80
 *     ms on one core
 */
@ConfigurationProperties("posthorn.keys")
record ApiKeySettings(@DefaultValue("10") int bcryptCost) {

  ApiKeySettings {
    if (bcryptCost < 4 || bcryptCost > 31) {
      throw new IllegalArgumentException("posthorn.keys.bcrypt-cost is 4 to 31");
    }
  }
}
