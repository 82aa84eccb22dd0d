package io.tallypost.audit.deadletter;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Opens the package to the tests of the others. */
public final class DeadLetters {
  private DeadLetters() {}

  public static DeadLetterLog on(JdbcTemplate jdbc) {
    return new DeadLetterLog(JdbcClient.create(jdbc), jdbc);
  }
}
