package io.tallypost.kit.settings;

import java.lang.annotation.Annotation;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;

/**
 * One setting.
 *
 * @param property its name in kebab-case, such as {@code tallypost.delivery.relay.port}
 * @param environment the variable that sets it: the short one if there is one
 * @param target the type that its text is converted to
 * @param byDefault the default text; null: none
 * @param meaning for people
 * @param owner the record that it is a component of; null for the platform's
 * @param component its name there
 * @param constraints the annotations of the component
 * @param expected what to tell people about a wrong value
 * @param allowed the pattern of a right value, if no annotation has it
 */
record Setting(
    String property,
    String environment,
    Bindable<?> target,
    @Nullable String byDefault,
    String meaning,
    @Nullable Class<?> owner,
    String component,
    List<Annotation> constraints,
    String expected,
    @Nullable Pattern allowed) {
  private static final Pattern SECRET =
      Pattern.compile("password|secret|credential|token|key-?ring|encryption-?key");

  boolean isSecret() {
    return isSecret(property) || isSecret(environment.replace('_', '-'));
  }

  static boolean isSecret(String name) {
    return SECRET.matcher(name.toLowerCase(Locale.ROOT)).find();
  }

  /** The variable that Spring Boot itself looks for. */
  static String canonicalEnvironment(String property) {
    return property.replaceAll("[.-]", "_").toUpperCase(Locale.ROOT);
  }

  Class<?> type() {
    Class<?> type = target.getType().resolve();
    return type == null ? String.class : type;
  }

  /** The property and the variable that sets it, as in errors. */
  String label() {
    return property.equals(environment) ? property : property + " (" + environment + ")";
  }
}
