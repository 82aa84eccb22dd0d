package io.tallypost.database;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.context.annotation.Bean;

/** Where there is a schema. */
@AutoConfiguration(
    beforeName = "org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration")
@ConditionalOnClass(FlywayMigrationStrategy.class)
@EnableConfigurationProperties(DatabaseSettings.class)
public class SchemaConfiguration {

  @Bean
  SchemaStart schemaStart(DatabaseSettings settings) {
    return new SchemaStart(settings);
  }

  /** Within the start, unless the service has another time for it. */
  @Bean
  @ConditionalOnMissingBean
  FlywayMigrationStrategy migrateAtStart(SchemaStart schema) {
    return schema::prepare;
  }
}
