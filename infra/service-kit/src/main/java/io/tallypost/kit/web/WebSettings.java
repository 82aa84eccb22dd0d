package io.tallypost.kit.web;

import io.tallypost.kit.constraints.HttpUrl;
import jakarta.validation.Valid;
import java.time.Duration;
import java.util.List;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Settings for every REST answer.
 *
 * @param maxBody the largest request body; larger ones get 413. Kafka's limits must allow it
 * @param bodyTimeout the time for a whole request body to arrive, else 408 and a closed connection;
 *     enough for a slow client's largest mail
 * @param cors who may call from a browser
 */
@Validated
@ConfigurationProperties("tallypost.web")
record WebSettings(
    @DefaultValue("1MB") DataSize maxBody,
    @DefaultValue("30s")
        @DurationMin(seconds = 1, message = "must be 1s to 10m")
        @DurationMax(minutes = 10, message = "must be 1s to 10m")
        Duration bodyTimeout,
    @DefaultValue @Valid Cors cors) {

  /**
   * Who may call from a browser.
   *
   * @param allowedOrigins sites whose pages may call this API, such as {@code
   *     https://console.example.org}
   */
  record Cors(@DefaultValue({}) List<@HttpUrl String> allowedOrigins) {
    Cors {
      allowedOrigins = List.copyOf(allowedOrigins);
    }
  }
}
