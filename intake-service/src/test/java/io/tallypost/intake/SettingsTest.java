package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.settings.SettingsContract;
import org.junit.jupiter.api.Test;

/** The settings on the command line, without a broker or a database. */
class SettingsTest {
  private final SettingsContract service =
      new SettingsContract(IntakeServiceApplication.class, "intake-service");

  @Test
  void startsWithNothingSet() {
    assertThat(service.run("--validate").exitCode()).isZero();
  }

  @Test
  void wantsASettingForAnAuthorThatNotEveryRelayTakes() {
    String author = "--tallypost.intake.from-email=";

    assertThat(service.run("--validate", author + "\"no reply\"@bücher.example").exitCode())
        .isZero();
    assertThat(service.run("--validate", author + "éva@acme.example").mistakes())
        .anyMatch(mistake -> mistake.contains("tallypost.intake.smtputf8"));
    assertThat(
            service
                .run("--validate", author + "éva@acme.example", "--tallypost.intake.smtputf8=true")
                .exitCode())
        .isZero();
  }

  @Test
  void wantsATopicToKeepSomething() {
    String requests = "--tallypost.topics.retention-bytes.requests=";

    assertThat(service.run("--validate", requests + "10GB").exitCode()).isZero();
    assertThat(service.run("--validate", requests + "1MB").mistakes())
        .anyMatch(mistake -> mistake.contains("tallypost.topics.retention-bytes.requests"))
        .anyMatch(mistake -> mistake.contains("at least 16MB"));
  }

  @Test
  void wantsAContactAndAnExpiryTogether() {
    String contact = "--tallypost.security-txt.contact=";
    String expires = "--tallypost.security-txt.expires=";

    assertThat(
            service
                .run(
                    "--validate",
                    contact + "mailto:security@acme.example,https://acme.example/report",
                    expires + "2027-06-30T00:00:00Z")
                .exitCode())
        .isZero();
    assertThat(service.run("--validate", contact + "mailto:security@acme.example").mistakes())
        .anyMatch(mistake -> mistake.contains("tallypost.security-txt.expires"));
    assertThat(service.run("--validate", expires + "2027-06-30T00:00:00Z").mistakes())
        .anyMatch(mistake -> mistake.contains("tallypost.security-txt.contact"));
    assertThat(
            service
                .run("--validate", contact + "security@acme.example", expires + "next summer")
                .mistakes())
        .anyMatch(mistake -> mistake.contains("mailto:"))
        .anyMatch(mistake -> mistake.contains("2027-06-30T00:00:00Z"));
  }

  @Test
  void hasItsSettingsInTheDocs() throws Exception {
    service.assertDocumented();
  }
}
