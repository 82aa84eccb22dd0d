package io.tallypost.intake.relays;

import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.jdbc.core.convert.JdbcCustomConversions;
import org.springframework.data.jdbc.core.dialect.JdbcDialect;
import org.springframework.data.jdbc.repository.config.EnableJdbcRepositories;

/** Wires the repository. It opens no transactions: these have names, which metrics show. */
@Configuration(proxyBeanMethods = false)
@EnableJdbcRepositories(enableDefaultTransactions = false)
class RelayRowsConfiguration {

  @Bean
  JdbcCustomConversions jdbcCustomConversions(JdbcDialect dialect) {
    return JdbcCustomConversions.of(dialect, List.of(new Json.Writing(), new Json.Reading()));
  }
}
