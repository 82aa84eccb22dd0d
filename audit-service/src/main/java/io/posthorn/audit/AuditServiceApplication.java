package io.posthorn.audit;

import io.posthorn.settings.PosthornService;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.scheduling.annotation.EnableScheduling;

/** Keeps the send log, the timelines and the dead letters, and answers for them. */
@SpringBootApplication
@ConfigurationPropertiesScan
@EnableScheduling
public class AuditServiceApplication {

  public static void main(String[] args) {
    PosthornService.run(AuditServiceApplication.class, args);
  }
}
