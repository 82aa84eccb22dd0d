package io.tallypost.audit.store;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.micrometer.MicrometerMetricsTrackerFactory;
import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.store.ConnectionPools.Duty;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** Wires the connections to PostgreSQL; each is opened when first needed. */
@Configuration(proxyBeanMethods = false)
class StoreConfiguration {
  private static final int IDLE = 2;

  @Bean
  ConnectionPools dataSource(
      DataSourceProperties database,
      Environment environment,
      AuditSettings settings,
      MeterRegistry registry) {
    Map<Duty, HikariDataSource> pools = new EnumMap<>(Duty.class);
    for (Duty duty : Duty.values()) {
      HikariDataSource pool =
          database.initializeDataSourceBuilder().type(HikariDataSource.class).build();
      // Time-outs and the driver's properties are the same for all.
      Binder.get(environment).bind("spring.datasource.hikari", Bindable.ofInstance(pool));
      int size =
          switch (duty) {
            case LOG -> settings.logConnections();
            case WORK -> settings.workConnections();
            case READS -> settings.readConnections();
          };
      pool.setPoolName(duty.name().toLowerCase(Locale.ROOT));
      pool.setMaximumPoolSize(size);
      pool.setMinimumIdle(Math.min(IDLE, size));
      pool.setMetricsTrackerFactory(new MicrometerMetricsTrackerFactory(registry));
      if (duty == Duty.READS) {
        pool.setConnectionInitSql("SET statement_timeout = " + settings.readTimeout().toMillis());
      }
      pools.put(duty, pool);
    }
    return new ConnectionPools(pools);
  }
}
