package io.tallypost.kit.database;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;

/**
 * Only the migrations of a service: with its settings and files, without the service. So the
 * service's process never needs the rights to change its schema.
 */
public final class Migrations {
  private static final String FLYWAY = "org.flywaydb.core.Flyway";

  private Migrations() {}

  /** Whether the service has a schema at all. */
  public static boolean arePossible() {
    return ClassUtils.isPresent(FLYWAY, Migrations.class.getClassLoader());
  }

  /** The application whose start migrates. */
  public static SpringApplication application() {
    var application = new SpringApplication(DatabaseAlone.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    return application;
  }

  /** Nothing else of the service is created. */
  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration({DataSourceAutoConfiguration.class, FlywayAutoConfiguration.class})
  static class DatabaseAlone {}
}
