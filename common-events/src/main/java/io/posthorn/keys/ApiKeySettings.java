package io.posthorn.keys;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How API keys are verified.
 *
 * @param bcryptCost the base-2 logarithm of bcrypt's rounds for new keys, 4 to 31; 10 costs some 80
 *     ms on one core
 * @param trustedProxies {@code TRUSTED_PROXIES}: the address ranges of the proxies in front of the
 *     service, whose {@code X-Forwarded-For} names the client; none → the connection's other end is
 *     the client
 * @param failuresPerMinute how many wrong keys a client's address may send in a minute, at least 1;
 *     beyond that it is answered 429, unless the key is one that was good before
 */
@ConfigurationProperties("posthorn.keys")
record ApiKeySettings(
    @DefaultValue("10") int bcryptCost,
    @DefaultValue List<String> trustedProxies,
    @DefaultValue("100") int failuresPerMinute) {

  ApiKeySettings {
    if (bcryptCost < 4 || bcryptCost > 31) {
      throw new IllegalArgumentException("posthorn.keys.bcrypt-cost is 4 to 31");
    }
    if (failuresPerMinute < 1) {
      throw new IllegalArgumentException("posthorn.keys.failures-per-minute is at least 1");
    }
    try {
      trustedProxies.forEach(AddressRange::new);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "posthorn.keys.trusted-proxies (TRUSTED_PROXIES) has an entry that " + e.getMessage(), e);
    }
  }

  ClientAddresses clientAddresses() {
    return new ClientAddresses(trustedProxies.stream().map(AddressRange::new).toList());
  }
}
