package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Unless it is set otherwise, no page in a browser may call the API. */
class CorsIT extends IntakeIT {
  private static final String NO_BODY = "";

  @Test
  void allowsNoSiteAnything() {
    var preflight =
        client
            .with(null)
            .call(
                "OPTIONS",
                "/api/v1/send",
                NO_BODY,
                "Origin",
                "https://console.example",
                "Access-Control-Request-Method",
                "POST",
                "Access-Control-Request-Headers",
                "x-api-key");
    var call = client.call("GET", "/api/v1/health", NO_BODY, "Origin", "https://console.example");

    // A browser goes by these headers, not by the status.
    for (var answer : List.of(preflight, call)) {
      assertThat(answer.headers().map().keySet())
          .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control-"));
    }
  }
}
