package io.tallypost.database;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the schema comes forward.
 *
 * @param migrate whether the service does it at its start, which needs the rights of who owns the
 *     schema: its own login's, or those of {@code spring.flyway.user}; false → {@code --migrate}
 *     has done it before, and a service whose schema is behind does not start
 */
@ConfigurationProperties("tallypost.database")
public record DatabaseSettings(@DefaultValue("true") boolean migrate) {}
