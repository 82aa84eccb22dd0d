package io.tallypost.kit.settings;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;
import org.springframework.util.unit.DataSize;

/** Tells people what a value of a type looks like. */
final class Expectations {
  private Expectations() {}

  static String of(Class<?> type, Type generic) {
    if (Collection.class.isAssignableFrom(type)) {
      Type element =
          generic instanceof ParameterizedType parameterized
              ? parameterized.getActualTypeArguments()[0]
              : String.class;
      return "must be a list, separated by commas; each " + of((Class<?>) element, element);
    }
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-'))
          .collect(Collectors.joining(", ", "must be one of ", ""));
    }
    if (type == boolean.class || type == Boolean.class) {
      return "must be true or false";
    }
    if (type == int.class || type == long.class || type == short.class) {
      return "must be a whole number";
    }
    if (type == Integer.class || type == Long.class || type == Short.class) {
      return "must be a whole number";
    }
    if (type == double.class || type == float.class) {
      return "must be a number";
    }
    if (type == Duration.class) {
      return "must be a duration, such as 200ms, 30s, 5m, 1h or 30d";
    }
    if (type == DataSize.class) {
      return "must be a size, such as 512KB or 4MB";
    }
    if (type == Path.class) {
      return "must be a path";
    }
    return type == URI.class ? "must be a URL" : "must be text";
  }
}
