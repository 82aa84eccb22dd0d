package io.tallypost.audit;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What is set where nobody sets anything. */
public final class DefaultSettings {
  public static final AuditSettings AUDIT =
      new Binder(new MapConfigurationPropertySource())
          .bindOrCreate("tallypost.audit", AuditSettings.class);

  private DefaultSettings() {}
}
