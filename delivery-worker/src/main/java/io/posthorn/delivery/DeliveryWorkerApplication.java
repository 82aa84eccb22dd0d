package io.posthorn.delivery;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Takes approved mail and hands it to relays. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class DeliveryWorkerApplication {
  public static void main(String[] args) {
    SpringApplication.run(DeliveryWorkerApplication.class, args);
  }
}
