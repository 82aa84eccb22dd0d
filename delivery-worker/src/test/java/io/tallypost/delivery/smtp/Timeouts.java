package io.tallypost.delivery.smtp;

import io.tallypost.delivery.smtp.wire.SmtpTimeouts;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Timeouts for tests. */
public final class Timeouts {
  private Timeouts() {}

  /** The defaults but for these, each as {@code name=value}. */
  public static SmtpTimeouts of(String... settings) {
    var source = new MapConfigurationPropertySource();
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      source.put("timeouts." + setting.substring(0, equals), setting.substring(equals + 1));
    }
    return new Binder(source).bindOrCreate("timeouts", SmtpTimeouts.class);
  }
}
