package io.tallypost.quota;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.validation.Validation;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Settings that would break a promise stop the start. */
class QuotaSettingsTest {

  @Test
  void refusesToForgetKeysWithinADayOrCountersWithinAMonth() {
    var forgetful =
        new QuotaSettings(
            Duration.ofHours(23),
            Duration.ofDays(14),
            Duration.ofDays(31),
            Duration.ZERO,
            0,
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            Duration.ofSeconds(1),
            1);

    var sound =
        new QuotaSettings(
            Duration.ofHours(24),
            Duration.ofHours(24),
            Duration.ofDays(32),
            Duration.ofMinutes(1),
            1,
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            Duration.ofSeconds(1),
            1);

    try (var factory = Validation.buildDefaultValidatorFactory()) {
      var validator = factory.getValidator();
      assertThat(validator.validate(forgetful)).hasSize(4);
      assertThat(validator.validate(sound)).isEmpty();
    }
  }
}
