package io.tallypost.kit.keys;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TenantSettingsTest {
  private final TenantSettings settings = new TenantSettings(Duration.ofDays(420));

  @Test
  void takesWhatEndsWithTheReservationOfAnId() {
    assertThatCode(() -> settings.checkCovers("some.retention", Duration.ofDays(405)))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesWhatOutlivesItAndSaysWhatToSet() {
    assertThatThrownBy(() -> settings.checkCovers("some.retention", Duration.ofDays(406)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("some.retention keeps")
        .hasMessageContaining("tallypost.tenants.id-reserved to at least 421d");
  }
}
