package io.tallypost.web;

import io.tallypost.settings.HttpUrl;
import jakarta.validation.Valid;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * What holds for every REST answer.
 *
 * @param maxBody the largest request body; larger ones are answered 413. Kafka's limits must carry
 *     it.
 * @param cors who may call from a browser
 */
@Validated
@ConfigurationProperties("tallypost.web")
record WebSettings(@DefaultValue("1MB") DataSize maxBody, @DefaultValue @Valid Cors cors) {

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
