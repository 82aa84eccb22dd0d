package io.tallypost.intake.admin;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How many there may be. Each service holds all of them in memory.
 *
 * @param keysPerTenant the most API keys of one tenant, disabled and expired ones included
 * @param allKeys the most API keys of all tenants together, disabled and expired ones included
 * @param relaysPerTenant the most relays of one tenant, disabled ones included; also of those that
 *     serve all tenants
 * @param tenants the most tenants, including disabled ones and deleted ones with a reserved id
 * @param expiredKeysKept how long after its expiry a key is deleted, to make room; operator keys
 *     are not
 */
@Validated
@ConfigurationProperties("tallypost.intake.ceilings")
public record CeilingSettings(
    @DefaultValue("1000") @Min(1) @Max(1_000_000) int keysPerTenant,
    @DefaultValue("20000") @Min(1) @Max(1_000_000) int allKeys,
    @DefaultValue("50") @Min(1) @Max(1_000_000) int relaysPerTenant,
    @DefaultValue("10000") @Min(1) @Max(1_000_000) int tenants,
    @DefaultValue("30d") @DurationMin(days = 1, message = "must be at least 1d")
        Duration expiredKeysKept) {}
