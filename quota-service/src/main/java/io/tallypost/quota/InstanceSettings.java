package io.tallypost.quota;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The identity of this process.
 *
 * @param instance a unique name for this process, best the same after a restart if the platform
 *     names processes; blank → generated
 */
@ConfigurationProperties("tallypost")
public record InstanceSettings(@DefaultValue("") String instance) {}
