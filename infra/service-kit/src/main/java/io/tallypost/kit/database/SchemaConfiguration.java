package io.tallypost.kit.database;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.context.annotation.Bean;

/** For services with a schema. */
@AutoConfiguration(
    beforeName = "org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration")
@ConditionalOnClass(FlywayMigrationStrategy.class)
@EnableConfigurationProperties(DatabaseSettings.class)
public class SchemaConfiguration {

  @Bean
  SchemaStart schemaStart(DatabaseSettings settings) {
    return new SchemaStart(settings);
  }

  /** During the start, unless the service migrates at another time. */
  @Bean
  @ConditionalOnMissingBean
  FlywayMigrationStrategy migrateAtStart(SchemaStart schema) {
    return schema::prepare;
  }
}
