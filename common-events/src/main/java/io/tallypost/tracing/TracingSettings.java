package io.tallypost.tracing;

import io.tallypost.settings.HttpUrl;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Where traces are looked at, and how far callers decide what is recorded.
 *
 * @param sampledCallersPerSecond how many requests a second, in each process, are recorded because
 *     their caller's {@code traceparent} says so (the flag sampled); those beyond keep their trace
 *     id and are recorded with the probability of traces that begin here. Raise it if callers
 *     sample more than that
 * @param uiUrl the address of Jaeger, or of what has its paths; answers then link to {@code
 *     <address>/trace/<id>}; none → no links
 */
@Validated
@ConfigurationProperties("tallypost.tracing")
public record TracingSettings(
    @Min(0) @Max(1_000_000) @DefaultValue("10") int sampledCallersPerSecond,
    @HttpUrl(orBlank = true) @Nullable String uiUrl) {

  /** Takes blank for nothing, and the slash from the URL's end. */
  public TracingSettings {
    uiUrl = uiUrl == null || uiUrl.isBlank() ? null : uiUrl.replaceFirst("/+$", "");
  }

  /** Where a trace can be seen. */
  public Optional<String> link(@Nullable String traceId) {
    return uiUrl == null || traceId == null
        ? Optional.empty()
        : Optional.of(uiUrl + "/trace/" + traceId);
  }
}
