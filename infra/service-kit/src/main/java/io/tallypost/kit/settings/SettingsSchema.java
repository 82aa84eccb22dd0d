package io.tallypost.kit.settings;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import java.lang.annotation.Annotation;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The settings of a service as a JSON Schema (draft 2020-12) of its YAML file. */
final class SettingsSchema {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final Set<Class<?>> WHOLE =
      Set.of(
          int.class, long.class, short.class, Integer.class, Long.class, Short.class, byte.class);
  private static final Set<Class<?>> NUMBERS =
      Set.of(double.class, float.class, Double.class, Float.class);

  private SettingsSchema() {}

  static String of(String service, Catalog catalog) {
    ObjectNode schema = NODES.objectNode();
    schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    schema.put("title", "Settings of " + service);
    schema.put("type", "object");
    for (Setting setting : catalog.settings()) {
      if (setting.property().contains(".")) {
        place(schema, setting);
      }
    }
    return JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(schema)
        + "\n";
  }

  private static void place(ObjectNode schema, Setting setting) {
    String[] names = setting.property().split("\\.", -1);
    ObjectNode node = schema;
    for (int i = 0; i < names.length - 1; i++) {
      node = node.withObjectProperty("properties").withObjectProperty(names[i]);
      node.put("type", "object");
      if (setting.owner() != null) {
        node.put("additionalProperties", false);
      }
    }
    String last = names[names.length - 1];
    ObjectNode leaf = node.withObjectProperty("properties").withObjectProperty(last);
    describe(leaf, setting);
  }

  private static void describe(ObjectNode leaf, Setting setting) {
    if (!setting.meaning().isEmpty()) {
      leaf.put("description", setting.meaning());
    }
    Class<?> type = setting.type();
    if (Collection.class.isAssignableFrom(type)) {
      leaf.putArray("type").add("array").add("string");
      leaf.putObject("items").put("type", "string");
    } else if (setting.owner() == null) {
      // YAML makes numbers and booleans of what is checked as text.
      var types = leaf.putArray("type").add("string").add("number");
      if (setting.expected().equals(Expectations.of(boolean.class, boolean.class))) {
        types.add("boolean");
      }
    } else {
      leaf.put("type", name(type));
      if (type.isEnum()) {
        var values = leaf.putArray("enum");
        Arrays.stream(type.getEnumConstants())
            .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT))
            .map(name -> name.replace('_', '-'))
            .forEach(values::add);
      } else if (type == Duration.class) {
        leaf.put("pattern", "^([+-]?\\d+(ns|us|ms|s|m|h|d)?|[+-]?[Pp].+)$");
      } else if (type == DataSize.class) {
        leaf.put("pattern", "^\\d+(B|KB|MB|GB|TB)?$");
      }
    }
    var allowed = setting.allowed();
    if (allowed != null && !allowed.pattern().startsWith("(?")) {
      leaf.put("pattern", "^(" + allowed.pattern() + ")$");
    }
    setting.constraints().forEach(constraint -> constrain(leaf, constraint));
    byDefault(leaf, setting.byDefault(), type);
    if (setting.isSecret()) {
      leaf.put("writeOnly", true);
    }
    leaf.put("x-environment-variable", setting.environment());
  }

  private static void constrain(ObjectNode leaf, Annotation constraint) {
    switch (constraint) {
      case Min min -> leaf.put("minimum", min.value());
      case Max max -> leaf.put("maximum", max.value());
      case NotBlank _ -> leaf.put("pattern", "\\S");
      case NotEmpty _ -> leaf.put("minItems", 1).put("minLength", 1);
      default -> {
        String message = message(constraint);
        if (message != null) {
          leaf.put("$comment", message);
        }
      }
    }
  }

  /** The message of a constraint that JSON Schema cannot express. */
  static @Nullable String message(Annotation constraint) {
    try {
      Object message = constraint.annotationType().getMethod("message").invoke(constraint);
      return message instanceof String text && !text.startsWith("{") ? text : null;
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }

  private static String name(Class<?> type) {
    if (type == boolean.class || type == Boolean.class) {
      return "boolean";
    }
    if (WHOLE.contains(type)) {
      return "integer";
    }
    return NUMBERS.contains(type) ? "number" : "string";
  }

  private static void byDefault(ObjectNode leaf, @Nullable String byDefault, Class<?> type) {
    if (byDefault == null || byDefault.contains("${")) {
      return;
    }
    switch (name(type)) {
      case "boolean" -> leaf.put("default", Boolean.parseBoolean(byDefault));
      case "integer" -> leaf.put("default", Long.parseLong(byDefault));
      case "number" -> leaf.put("default", Double.parseDouble(byDefault));
      default -> leaf.put("default", byDefault);
    }
  }
}
