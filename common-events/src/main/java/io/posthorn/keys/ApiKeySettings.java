package io.posthorn.keys;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How API keys are verified.
 *
 * @param bcryptCost the base-2 logarithm of bcrypt's rounds for new keys, 4 to 31; 10 costs some 80
 *     ms on one core
 */
@Validated
@ConfigurationProperties("posthorn.keys")
record ApiKeySettings(@DefaultValue("10") @Min(4) @Max(31) int bcryptCost) {}
