package io.tallypost.database;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;

/**
 * The migrations of a service by themselves: with its settings and its files, without the service.
 * So its process never has the rights to change the schema that it uses.
 */
public final class Migrations {
  private static final String FLYWAY = "org.flywaydb.core.Flyway";

  private Migrations() {}

  /** Whether the service has a schema at all. */
  public static boolean arePossible() {
    return ClassUtils.isPresent(FLYWAY, Migrations.class.getClassLoader());
  }

  /** Its start migrates. */
  public static SpringApplication application() {
    var application = new SpringApplication(DatabaseAlone.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    return application;
  }

  /** Nothing else of the service is made. */
  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration({DataSourceAutoConfiguration.class, FlywayAutoConfiguration.class})
  static class DatabaseAlone {}
}
