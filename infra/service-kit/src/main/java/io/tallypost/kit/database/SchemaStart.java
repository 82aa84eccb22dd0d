package io.tallypost.kit.database;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/** Ensures that the schema has this version before the service uses it. */
public final class SchemaStart {
  private final boolean migrate;

  SchemaStart(DatabaseSettings settings) {
    this.migrate = settings.migrate();
  }

  /**
   * Migrates the schema, or checks that somebody else has. A newer one is fine: the next version's
   * pods start beside this one's.
   *
   * @throws FlywayException if it is not at this version afterwards
   */
  public void prepare(Flyway flyway) {
    if (migrate) {
      flyway.migrate();
      return;
    }
    String missing =
        Arrays.stream(flyway.info().pending())
            .map(migration -> migration.getScript())
            .collect(Collectors.joining(", "));
    if (!missing.isEmpty()) {
      throw new FlywayException(
          "the schema lacks %s: run this version with --migrate and the login of the schema's owner (DATABASE_MIGRATE is false)"
              .formatted(missing));
    }
  }
}
