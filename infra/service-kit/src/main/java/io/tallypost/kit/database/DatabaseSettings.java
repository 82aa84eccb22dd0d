package io.tallypost.kit.database;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the schema is migrated.
 *
 * @param migrate whether the service migrates its schema at its start, which needs the rights of
 *     the schema's owner (its own login, or {@code spring.flyway.user}); false → run {@code
 *     --migrate} before: a service whose schema is behind does not start
 */
@ConfigurationProperties("tallypost.database")
record DatabaseSettings(@DefaultValue("true") boolean migrate) {}
