package io.tallypost.intake.outbox;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.intake.IntakeDefaults;
import io.tallypost.kit.keys.TenantSettings;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.SmartInitializingSingleton;

class OutboxConfigurationTest {
  private static final String SETTING = "tallypost.intake.admin-log-retention";

  private static SmartInitializingSingleton check(Map<String, String> set) {
    return new OutboxConfiguration()
        .retentionCheck(IntakeDefaults.but(set), new TenantSettings(Duration.ofDays(420)));
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
