package io.tallypost.quota;

import io.tallypost.kit.settings.TallypostService;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.scheduling.annotation.EnableScheduling;

/** Starts the service. */
@SpringBootApplication
@ConfigurationPropertiesScan
@EnableScheduling
public class QuotaServiceApplication {

  /** Runs until it is told to stop. */
  public static void main(String[] args) {
    TallypostService.run(QuotaServiceApplication.class, args);
  }
}
