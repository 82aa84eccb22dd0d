package io.posthorn.delivery;

import io.posthorn.settings.PosthornService;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Takes approved mail and hands it to relays. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class DeliveryWorkerApplication {
  public static void main(String[] args) {
    PosthornService.run(DeliveryWorkerApplication.class, args);
  }
}
