package io.tallypost.intake;

import java.util.Map;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Intake's settings where a test sets few of them or none. */
public final class IntakeDefaults {
  private IntakeDefaults() {}

  /** The defaults but for these, by their full names. */
  public static IntakeSettings but(Map<String, String> set) {
    return new Binder(new MapConfigurationPropertySource(set))
        .bindOrCreate("tallypost.intake", IntakeSettings.class);
  }
}
