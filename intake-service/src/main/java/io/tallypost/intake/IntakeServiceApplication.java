package io.tallypost.intake;

import io.tallypost.kit.settings.TallypostService;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Starts the intake service. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class IntakeServiceApplication {

  public static void main(String[] args) {
    TallypostService.run(IntakeServiceApplication.class, args);
  }
}
