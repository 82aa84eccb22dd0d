package io.tallypost.keys;

import io.tallypost.settings.ReadableAs;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How API keys are verified.
 *
 * @param bcryptCost the base-2 logarithm of bcrypt's rounds for new keys, 4 to 31; 10 costs some 80
 *     ms on one core
 * @param trustedProxies the address ranges of the proxies in front of the service, whose {@code
 *     X-Forwarded-For} names the client; none → the connection's other end is the client
 * @param failuresPerMinute how many wrong keys a client's address may send in a minute, at least 1;
 *     beyond that it is answered 429, unless the key is one that was good before
 * @param adminCallsPerMinute how many calls of the admin API ({@code /api/v1/admin}, and {@code
 *     /loggers} of the management port) one key may make in a minute at this process; beyond that
 *     it is answered 429
 */
@Validated
@ConfigurationProperties("tallypost.keys")
record ApiKeySettings(
    @DefaultValue("10") @Min(4) @Max(31) int bcryptCost,
    @DefaultValue
        List<
                @ReadableAs(
                    value = AddressRange.class,
                    message = "must be address ranges such as 10.0.0.0/8")
                String>
            trustedProxies,
    @DefaultValue("100") @Min(1) int failuresPerMinute,
    @DefaultValue("600") @Min(1) int adminCallsPerMinute) {

  ClientAddresses clientAddresses() {
    return new ClientAddresses(trustedProxies.stream().map(AddressRange::new).toList());
  }
}
