package io.posthorn.intake;

import io.posthorn.settings.PosthornService;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Starts the intake service. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class IntakeServiceApplication {

  public static void main(String[] args) {
    PosthornService.run(IntakeServiceApplication.class, args);
  }
}
