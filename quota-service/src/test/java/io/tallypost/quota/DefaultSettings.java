package io.tallypost.quota;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What is set where nobody sets anything. */
public final class DefaultSettings {
  public static final QuotaSettings QUOTA =
      new Binder(new MapConfigurationPropertySource())
          .bindOrCreate("tallypost.quota", QuotaSettings.class);

  private DefaultSettings() {}
}
