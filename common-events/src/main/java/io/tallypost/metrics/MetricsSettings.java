package io.tallypost.metrics;

import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How much metrics may cost.
 *
 * @param maxLabelValues how many tenants, relays and quota subjects metrics tell apart in each
 *     process; those that come later are counted together as {@code other}. Each value costs some
 *     kilobytes and a few dozen time series
 */
@Validated
@ConfigurationProperties("tallypost.metrics")
record MetricsSettings(@DefaultValue("100") @Min(1) int maxLabelValues) {}
