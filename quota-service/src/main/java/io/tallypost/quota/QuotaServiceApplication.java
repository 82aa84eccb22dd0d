package io.tallypost.quota;

import io.tallypost.kit.settings.TallypostService;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Starts the service. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class QuotaServiceApplication {

  /** Runs until it is told to stop. */
  public static void main(String[] args) {
    TallypostService.run(QuotaServiceApplication.class, args);
  }
}
