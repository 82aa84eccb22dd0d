package io.tallypost.kit.settings;

import java.util.stream.Collectors;
import org.springframework.boot.env.ConfigTreePropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** The values in use, and where they come from. */
final class EffectiveSettings {
  private final Catalog catalog;
  private final ConfigurableEnvironment environment;

  EffectiveSettings(Catalog catalog, ConfigurableEnvironment environment) {
    this.catalog = catalog;
    this.environment = environment;
  }

  /** One line per setting, without secrets. */
  String text() {
    return catalog.settings().stream()
        .map(setting ->
            "%s=%s  # %s"
                .formatted(
                    setting.property(), Masked.value(setting, value(setting)), origin(setting)))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private String value(Setting setting) {
    try {
      String text = environment.getProperty(setting.property());
      if (text != null && !text.isEmpty()) {
        return text;
      }
      String indexed = indexed(setting);
      String byDefault = setting.byDefault();
      return !indexed.isEmpty() ? indexed : byDefault == null ? "" : resolved(byDefault);
    } catch (IllegalArgumentException e) {
      return "(a variable without a value)";
    }
  }

  private String resolved(String byDefault) {
    return environment.resolvePlaceholders(byDefault);
  }

  private String indexed(Setting setting) {
    var items = new StringBuilder();
    for (int i = 0; ; i++) {
      String item = environment.getProperty(setting.property() + "[" + i + "]");
      if (item == null) {
        return items.toString();
      }
      items.append(i == 0 ? "" : ",").append(item);
    }
  }

  private String origin(Setting setting) {
    for (var source : environment.getPropertySources()) {
      if (source instanceof EnumerablePropertySource<?> enumerable
          && !source.getName().equals("configurationProperties")) {
        boolean isEnvironment = source instanceof SystemEnvironmentPropertySource;
        for (String name : enumerable.getPropertyNames()) {
          if (isEnvironment
              ? name.equals(Setting.canonicalEnvironment(setting.property()))
                  || name.equals(Setting.canonicalEnvironment(setting.property().replace("-", "")))
              : name.replaceAll("\\[\\d+]$", "").equals(setting.property())) {
            return isEnvironment ? "environment " + name : described(setting, source.getName());
          }
        }
      }
    }
    return ofVariable(setting);
  }

  /** Our own YAML files pass on a variable's value, or that of its file. */
  private String ofVariable(Setting setting) {
    String variable = setting.environment();
    if (!environment.containsProperty(variable)) {
      return "default";
    }
    for (var source : environment.getPropertySources()) {
      if (!source.getName().equals("configurationProperties")
          && source.containsProperty(variable)) {
        return (source instanceof ConfigTreePropertySource ? "file " : "environment ") + variable;
      }
    }
    return "environment " + variable;
  }

  private String described(Setting setting, String source) {
    if (source.equals("commandLineArgs")) {
      return "command line";
    }
    if (!isPackaged(source)) {
      return source;
    }
    return ofVariable(setting);
  }

  private static boolean isPackaged(String source) {
    return source.contains("class path resource") || source.contains("classpath:");
  }
}
