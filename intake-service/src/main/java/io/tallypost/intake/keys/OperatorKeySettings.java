package io.tallypost.intake.keys;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What can be set of the first operator's key.
 *
 * @param confirmWithin how long the first operator key works before another is made with it; then
 *     it ends, and the next start makes a new one
 */
@Validated
@ConfigurationProperties("tallypost.operator-key")
record OperatorKeySettings(
    @DefaultValue("24h") @DurationMin(minutes = 1, message = "must be at least 1m")
        Duration confirmWithin) {}
