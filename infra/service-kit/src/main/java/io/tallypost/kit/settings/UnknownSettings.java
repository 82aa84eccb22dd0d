package io.tallypost.kit.settings;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** Finds names that look like a setting but are none: typing errors, mostly. */
final class UnknownSettings {
  /** Kubernetes adds these to each process for every service it knows, by the service's name. */
  private static final Pattern SERVICE_LINK =
      Pattern.compile("TALLYPOST.*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\\d+_(TCP|UDP).*)?)");

  /** One file of variables may serve all services. */
  private static final List<String> SERVICES = List.of("INTAKE", "QUOTA", "DELIVERY", "AUDIT");

  private UnknownSettings() {}

  static List<SettingProblem> problems(Catalog catalog, ConfigurableEnvironment environment) {
    var variables = new TreeSet<String>();
    var properties = new TreeSet<String>();
    for (var source : environment.getPropertySources()) {
      if (source instanceof EnumerablePropertySource<?> enumerable) {
        for (String name : enumerable.getPropertyNames()) {
          if (source instanceof SystemEnvironmentPropertySource && name.startsWith("TALLYPOST_")) {
            variables.add(name);
          } else if (name.startsWith("tallypost.")) {
            properties.add(name);
          }
        }
      }
    }
    var problems = new ArrayList<SettingProblem>();
    properties.stream()
        .filter(name -> !isKnown(catalog, name))
        .forEach(name -> problems.add(problem(catalog, name, name, false)));
    variables.stream()
        .filter(name -> !isKnown(catalog, name) && !catalog.shortNames().has(name))
        .filter(name -> !SERVICE_LINK.matcher(name).matches() && !isAnothers(catalog, name))
        .forEach(name -> problems.add(problem(catalog, name, name, true)));
    return problems;
  }

  private static boolean isKnown(Catalog catalog, String name) {
    String squeezed = squeezed(name.replaceAll("\\[\\d+]|_\\d+_?$", ""));
    return catalog.settings().stream()
        .anyMatch(setting -> squeezed(setting.property()).equals(squeezed));
  }

  private static boolean isAnothers(Catalog catalog, String variable) {
    return SERVICES.stream()
        .filter(service ->
            !catalog.records().containsKey("tallypost." + service.toLowerCase(Locale.ROOT)))
        .anyMatch(service -> variable.startsWith("TALLYPOST_" + service + "_"));
  }

  private static SettingProblem problem(
      Catalog catalog, String label, String name, boolean variable) {
    return new SettingProblem(
        label,
        nearest(catalog, name)
            .map(setting ->
                "there is no such setting; did you mean "
                    + (variable ? setting.environment() : setting.label())
                    + "?")
            .orElse("there is no such setting"));
  }

  private static Optional<Setting> nearest(Catalog catalog, String name) {
    String squeezed = squeezed(name);
    return catalog.settings().stream()
        .min(
            Comparator.comparingInt((Setting setting) ->
                Stream.of(setting.property(), setting.environment())
                    .mapToInt(known -> distance(squeezed, squeezed(known)))
                    .min()
                    .orElseThrow()))
        .filter(setting ->
            Math.min(
                    distance(squeezed, squeezed(setting.property())),
                    distance(squeezed, squeezed(setting.environment())))
                <= Math.max(3, squeezed.length() / 4));
  }

  private static String squeezed(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  /** Levenshtein's distance: how many letters must be added, removed or changed. */
  private static int distance(String left, String right) {
    int[] row = new int[right.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int above = row[j];
        int replaced = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(Math.min(row[j] + 1, row[j - 1] + 1), replaced);
        diagonal = above;
      }
    }
    return row[right.length()];
  }
}
