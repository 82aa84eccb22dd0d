package io.tallypost.kit.metrics;

import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How much metrics may cost.
 *
 * @param maxLabelValues how many tenants, relays and quota subjects each process tells apart in
 *     metrics; later ones count as {@code other}. Each costs a few kilobytes and dozens of time
 *     series
 */
@Validated
@ConfigurationProperties("tallypost.metrics")
record MetricsSettings(@DefaultValue("100") @Min(1) int maxLabelValues) {}
