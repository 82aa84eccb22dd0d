package io.tallypost.quota.consume;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.kit.keys.TenantSettings;
import io.tallypost.quota.QuotaSettings;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class QuotaConfigurationTest {
  private static SmartInitializingSingleton check(Map<String, String> set) {
    var settings =
        new Binder(new MapConfigurationPropertySource(set))
            .bindOrCreate("tallypost.quota", QuotaSettings.class);
    return new QuotaConfiguration()
        .retentionCheck(settings, new TenantSettings(Duration.ofDays(420)));
  }

  @Test
  void takesTheDefaults() {
    assertThatCode(check(Map.of())::afterSingletonsInstantiated).doesNotThrowAnyException();
  }

  /** A new tenant with the id of a deleted one would inherit it. */
  @ParameterizedTest
  @ValueSource(strings = {"keep-keyed", "keep-others", "keep-usage"})
  void refusesWhatOutlivesTheReservationOfATenantsId(String setting) {
    String name = "tallypost.quota." + setting;

    assertThatThrownBy(check(Map.of(name, "406d"))::afterSingletonsInstantiated)
        .hasMessageContaining(name + " keeps");
  }
}
