package io.tallypost.intake.rounds;

import io.tallypost.intake.IntakeSettings;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.CeilingSettings;
import io.tallypost.intake.keys.ApiKeyRegister;
import io.tallypost.intake.keys.FirstOperatorKey;
import io.tallypost.intake.outbox.ConfigReread;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.intake.outbox.Database;
import io.tallypost.intake.tenants.TenantRegister;
import io.tallypost.kit.database.SchemaStart;
import java.time.InstantSource;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Wires what is done with the database beside requests. */
@Configuration(proxyBeanMethods = false)
class RoundsConfiguration {
  /** Behind Spring Security (-100), which finds out who calls. */
  private static final int AFTER_SECURITY = -60;

  /** Keeps Boot from migrating during the start, which would then need the database. */
  @Bean
  FlywayMigrationStrategy migrateLater() {
    return _ -> {};
  }

  @Bean
  DatabaseStartup databaseStartup(
      SchemaStart schema,
      Flyway flyway,
      Database database,
      FirstOperatorKey firstOperatorKey,
      List<ConfigTopic<?>> topics,
      InstantSource clock) {
    return new DatabaseStartup(schema, flyway, database, firstOperatorKey, topics, clock);
  }

  @Bean
  Expiries expiries(ApiKeyRegister keys, TenantRegister tenants, CeilingSettings settings) {
    return new Expiries(keys, tenants, settings);
  }

  @Bean
  LastUsed lastUsed(JdbcClient jdbc) {
    return new LastUsed(jdbc);
  }

  @Bean
  DatabaseRounds databaseRounds(
      Database database,
      ConfigReread reread,
      LastUsed lastUsed,
      AdminLog adminLog,
      Expiries expiries,
      IntakeSettings settings,
      InstantSource clock) {
    return new DatabaseRounds(database, reread, lastUsed, adminLog, expiries, settings, clock);
  }

  @Bean
  FilterRegistrationBean<LastUsedFilter> lastUsedFilter(LastUsed lastUsed, InstantSource clock) {
    var registration = new FilterRegistrationBean<>(new LastUsedFilter(lastUsed, clock));
    registration.setOrder(AFTER_SECURITY);
    return registration;
  }
}
