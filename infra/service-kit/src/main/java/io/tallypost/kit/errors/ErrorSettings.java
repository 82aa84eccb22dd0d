package io.tallypost.kit.errors;

import jakarta.validation.constraints.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Where unexpected exceptions are reported.
 *
 * @param sentryDsn the DSN of a Sentry project or a compatible service; blank → no reports
 * @param environment the name of this installation in Sentry
 */
@Validated
@ConfigurationProperties("tallypost.errors")
record ErrorSettings(
    @DefaultValue("")
        @Pattern(
            regexp = "|https?://[^@/\\s]+@[^@/\\s]+(/[^@\\s]+)?/[0-9]+",
            message = "must be a DSN as Sentry shows it: https://<key>@<host>/<number>")
        String sentryDsn,
    @DefaultValue("production") String environment) {}
