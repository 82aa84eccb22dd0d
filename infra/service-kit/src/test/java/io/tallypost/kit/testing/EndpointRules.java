package io.tallypost.kit.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.keys.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.Yaml;

/** The rules of {@code endpoint-rules.yaml}: who may call what. */
final class EndpointRules {
  private static final String FILE = "/endpoint-rules.yaml";

  /** Whose things an endpoint shows or changes. */
  enum Things {
    OWN,
    CALLER,
    EVERYBODY,
    NONE
  }

  /** What is in a key's way beside its scopes. */
  enum Narrower {
    REFUSED,
    NOTHING
  }

  /** The rule of one endpoint; no scopes where it needs no key. */
  record Rule(Set<Scope> scopes, Things things, Narrower narrower) {
    boolean needsKey() {
      return !scopes.isEmpty();
    }

    Set<Scope> others() {
      return EnumSet.complementOf(EnumSet.copyOf(scopes));
    }
  }

  private final Map<String, Rule> rules;

  private EndpointRules(Map<String, Rule> rules) {
    this.rules = rules;
  }

  /** Those of these sections together. */
  static EndpointRules of(String... sections) {
    var rules = new TreeMap<String, Rule>();
    Map<String, Map<String, Map<String, Object>>> file = read();
    for (String section : sections) {
      assertThat(file).as("the sections of %s", FILE).containsKey(section);
      file.getOrDefault(section, Map.of())
          .forEach((endpoint, fields) -> rules.put(endpoint, rule(endpoint, fields)));
    }
    return new EndpointRules(rules);
  }

  Map<String, Rule> all() {
    return Map.copyOf(rules);
  }

  /** The endpoints whose rules are such. */
  Set<String> where(Predicate<Rule> such) {
    return rules.entrySet().stream()
        .filter(rule -> such.test(rule.getValue()))
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Rule rule(String endpoint, Map<String, Object> fields) {
    assertThat(fields).as(endpoint).containsOnlyKeys("scopes", "things", "narrower");
    var scopes = EnumSet.noneOf(Scope.class);
    if (fields.get("scopes") instanceof List<?> names) {
      names.forEach(name -> scopes.add(Scope.of(String.valueOf(name))));
    }
    return new Rule(
        scopes, Things.valueOf(word(fields, "things")), Narrower.valueOf(word(fields, "narrower")));
  }

  private static String word(Map<String, Object> fields, String name) {
    return String.valueOf(fields.get(name)).toUpperCase(java.util.Locale.ROOT);
  }

  private static Map<String, Map<String, Map<String, Object>>> read() {
    try (InputStream stream = EndpointRules.class.getResourceAsStream(FILE)) {
      return new Yaml().load(Objects.requireNonNull(stream, FILE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
