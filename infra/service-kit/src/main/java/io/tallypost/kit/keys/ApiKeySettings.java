package io.tallypost.kit.keys;

import io.tallypost.kit.constraints.ReadableAs;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How API keys are verified.
 *
 * @param bcryptCost bcrypt's cost for new keys (log2 of its rounds), 4 to 31; 10 takes about 80 ms
 *     of a core
 * @param trustedProxies address ranges of the proxies in front, whose {@code X-Forwarded-For} names
 *     the client; none → the connection's peer is the client. No range is wider than a /8, or a /7
 *     in IPv6
 * @param failuresPerMinute wrong keys per minute of one client address, at least 1; more get 429,
 *     except keys that were good before
 * @param adminCallsPerMinute calls per minute of one key to the admin API ({@code /api/v1/admin},
 *     and {@code /loggers} of the management port) in this process; more get 429
 * @param tenantChangesPerMinute changes per minute of one tenant's admins in this process; more get
 *     429
 */
@Validated
@ConfigurationProperties("tallypost.keys")
record ApiKeySettings(
    @DefaultValue("10") @Min(4) @Max(31) int bcryptCost,
    @DefaultValue
        List<
                @ReadableAs(
                    value = ProxyRange.class,
                    message =
                        "must be address ranges of your proxies alone, such as 10.0.0.0/8; one wider than"
                            + " a /8, or a /7 in IPv6, would let clients choose their own address")
                String>
            trustedProxies,
    @DefaultValue("100") @Min(1) int failuresPerMinute,
    @DefaultValue("600") @Min(1) int adminCallsPerMinute,
    @DefaultValue("60") @Min(1) int tenantChangesPerMinute) {

  ClientAddresses clientAddresses() {
    return new ClientAddresses(
        trustedProxies.stream().map(text -> new ProxyRange(text).addresses()).toList());
  }
}
