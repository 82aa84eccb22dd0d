package io.tallypost.kit.settings;

/**
 * One wrong setting.
 *
 * @param setting the property and its environment variable
 * @param expected what it should be; never a secret's value
 */
record SettingProblem(String setting, String expected) {
  @Override
  public String toString() {
    return setting + ": " + expected;
  }
}
