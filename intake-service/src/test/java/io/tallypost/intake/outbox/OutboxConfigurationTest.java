package io.tallypost.intake.outbox;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.intake.IntakeSettings;
import io.tallypost.kit.keys.TenantSettings;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class OutboxConfigurationTest {
  private static final String SETTING = "tallypost.intake.admin-log-retention";

  private static SmartInitializingSingleton check(Map<String, String> set) {
    var settings =
        new Binder(new MapConfigurationPropertySource(set))
            .bindOrCreate("tallypost.intake", IntakeSettings.class);
    return new OutboxConfiguration()
        .retentionCheck(settings, new TenantSettings(Duration.ofDays(420)));
  }

  @Test
  void takesTheDefault() {
    assertThatCode(check(Map.of())::afterSingletonsInstantiated).doesNotThrowAnyException();
  }

  /** A new tenant with the id of a deleted one would inherit it. */
  @Test
  void refusesWhatOutlivesTheReservationOfATenantsId() {
    assertThatThrownBy(check(Map.of(SETTING, "406d"))::afterSingletonsInstantiated)
        .hasMessageContaining(SETTING + " keeps");
  }
}
