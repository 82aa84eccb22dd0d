package io.tallypost.kit.database;

/** Makes them for tests of services. */
public final class SchemaStarts {
  private SchemaStarts() {}

  public static SchemaStart migrating() {
    return new SchemaStart(new DatabaseSettings(true));
  }
}
