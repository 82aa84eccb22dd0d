package io.tallypost.quota;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.settings.SettingsContract;
import org.junit.jupiter.api.Test;

/** The settings on the command line, without a broker or a database. */
class SettingsTest {
  private final SettingsContract service =
      new SettingsContract(QuotaServiceApplication.class, "quota-service");

  @Test
  void startsWithNothingSet() {
    assertThat(service.run("--validate").exitCode()).isZero();
  }

  @Test
  void hasItsSettingsInTheDocs() throws Exception {
    service.assertDocumented();
  }
}
