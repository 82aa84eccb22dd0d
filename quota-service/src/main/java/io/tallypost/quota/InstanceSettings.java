package io.tallypost.quota;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who this process is.
 *
 * @param instance tells this process from others; must be unique, and should be the same after a
 *     restart where the platform names its processes; blank makes one up
 */
@ConfigurationProperties("tallypost")
record InstanceSettings(@DefaultValue("") String instance) {}
