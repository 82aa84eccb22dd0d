package io.tallypost.kit.settings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.io.ClassPathResource;

/**
 * The environment variables that the services' own YAML files read.
 *
 * @param byProperty by the property that each sets
 */
record ShortNames(Map<String, ShortName> byProperty) {
  private static final List<String> FILES = List.of("application.yaml", "tallypost-defaults.yaml");

  private static final Pattern VARIABLE =
      Pattern.compile("^[^$]*\\$\\{([A-Z][A-Z0-9_]*)(?::(.*))?\\}[^}]*$");

  /**
   * A variable.
   *
   * @param byDefault the text if it is not set; null: none
   */
  record ShortName(String variable, @Nullable String byDefault) {}

  static ShortNames read(ClassLoader classes) {
    var names = new LinkedHashMap<String, ShortName>();
    for (String file : FILES) {
      var resource = new ClassPathResource(file, classes);
      if (!resource.exists()) {
        continue;
      }
      try {
        for (var source : new YamlPropertySourceLoader().load(file, resource)) {
          read((EnumerablePropertySource<?>) source, names);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new ShortNames(names);
  }

  private static void read(EnumerablePropertySource<?> source, Map<String, ShortName> names) {
    for (String property : source.getPropertyNames()) {
      String value = String.valueOf(source.getProperty(property));
      var matcher = VARIABLE.matcher(value);
      if (matcher.matches()) {
        String variable = matcher.group(1);
        // A variable that is only a part of a property's text is a setting of its own.
        boolean whole = value.startsWith("${") && value.endsWith("}");
        names.putIfAbsent(
            whole ? property : variable, new ShortName(variable, blankToNull(matcher.group(2))));
      }
    }
  }

  boolean has(String variable) {
    return byProperty.values().stream().anyMatch(name -> name.variable().equals(variable));
  }

  private static @Nullable String blankToNull(@Nullable String text) {
    return text == null || text.isBlank() ? null : text;
  }
}
