package io.tallypost.web;

import io.tallypost.settings.HttpUrl;
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
 * What holds for every REST answer.
 *
 * @param maxBody the largest request body; larger ones are answered 413. Kafka's limits must carry
 *     it.
 * @param bodyTimeout in which a request's whole body must have arrived, or it is answered 408 and
 *     its connection closed; a slow client's largest mail must fit
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
   * @param allowedOrigins the sites whose pages may call this API, such as {@code
   *     https://console.example.org}; none by default
   */
  record Cors(@DefaultValue({}) List<@HttpUrl String> allowedOrigins) {
    Cors {
      allowedOrigins = List.copyOf(allowedOrigins);
    }
  }
}
