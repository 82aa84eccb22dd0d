package io.tallypost.kit.tracing;

import io.tallypost.kit.constraints.HttpUrl;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Where traces are shown, and how far callers decide what is recorded.
 *
 * @param sampledCallersPerSecond requests per second and process that are recorded because their
 *     caller's {@code traceparent} is sampled; further ones keep their trace id and are recorded
 *     with the normal probability. Raise it if callers sample more
 * @param uiUrl the address of Jaeger or a tool with its paths; answers then link to {@code
 *     <address>/trace/<id>}; none → no links
 */
@Validated
@ConfigurationProperties("tallypost.tracing")
public record TracingSettings(
    @Min(0) @Max(1_000_000) @DefaultValue("10") int sampledCallersPerSecond,
    @HttpUrl(orBlank = true) @Nullable String uiUrl) {

  /** Turns blank into none, and removes a final slash from the URL. */
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
