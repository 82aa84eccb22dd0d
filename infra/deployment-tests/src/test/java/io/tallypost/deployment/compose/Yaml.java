package io.tallypost.deployment.compose;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;

/** YAML as maps and lists, and the repository that it lies in. */
final class Yaml {
  static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();
  static final List<String> SERVICES =
      List.of("intake-service", "quota-service", "delivery-worker", "audit-service");

  private Yaml() {}

  /** A file's one document, in which no key is given twice. */
  static Map<String, Object> document(Path file) {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    return map(new org.yaml.snakeyaml.Yaml(options).load(read(file)));
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("unchecked") // every key in our files is text, but for GitHub's `on`
  static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  /** What a key has below it; nothing when it is not there. */
  static Map<String, Object> map(Map<String, Object> in, String key) {
    return map(in.getOrDefault(key, Map.of()));
  }

  static List<?> list(Map<String, Object> in, String key) {
    return (List<?>) in.getOrDefault(key, List.of());
  }
}
