package io.tallypost.tracing;

import io.tallypost.settings.HttpUrl;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/**
 * Where traces are looked at.
 *
 * @param uiUrl the address of Jaeger, or of what has its paths; answers then link to {@code
 *     <address>/trace/<id>}; none → no links
 */
@Validated
@ConfigurationProperties("tallypost.tracing")
public record TracingSettings(@HttpUrl(orBlank = true) @Nullable String uiUrl) {

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
