package io.tallypost.delivery;

import io.tallypost.kit.settings.TallypostService;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Takes approved mail and hands it to relays. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class DeliveryWorkerApplication {
  public static void main(String[] args) {
    TallypostService.run(DeliveryWorkerApplication.class, args);
  }
}
