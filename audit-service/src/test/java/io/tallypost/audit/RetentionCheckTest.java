package io.tallypost.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.kit.keys.TenantSettings;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class RetentionCheckTest {
  private static final TenantSettings RESERVED = new TenantSettings(Duration.ofDays(420));

  private static AuditSettings settings(Map<String, String> set) {
    return new Binder(new MapConfigurationPropertySource(set))
        .bindOrCreate("tallypost.audit", AuditSettings.class);
  }

  @Test
  void takesTheDefaults() {
    assertThatCode(
            () -> new RetentionCheck(settings(Map.of()), RESERVED).afterSingletonsInstantiated())
        .doesNotThrowAnyException();
  }

  /** A new tenant with the id of a deleted one would inherit it. */
  @ParameterizedTest
  @ValueSource(strings = {"retention", "dead-letter-retention", "operations-retention"})
  void refusesWhatOutlivesTheReservationOfATenantsId(String setting) {
    String name = "tallypost.audit." + setting;
    var check = new RetentionCheck(settings(Map.of(name, "406d")), RESERVED);

    assertThatThrownBy(check::afterSingletonsInstantiated).hasMessageContaining(name + " keeps");
  }

  @ParameterizedTest
  @CsvSource({"365, 90, 30, 365", "10, 90, 30, 90", "10, 20, 120, 120"})
  void knowsWhoDidWhatNeverForShorterThanWhatItWasDoneTo(
      int operations, int letters, int messages, int kept) {
    var settings =
        settings(
            Map.of(
                "tallypost.audit.operations-retention", operations + "d",
                "tallypost.audit.dead-letter-retention", letters + "d",
                "tallypost.audit.retention", messages + "d"));

    assertThat(settings.adminLogRetention()).isEqualTo(Duration.ofDays(kept));
  }
}
