package io.tallypost.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The rules of Prometheus and the dashboards of Grafana, as text. */
final class MonitoringFiles {
  static final Path PROMETHEUS = Path.of("..", "prometheus");
  private static final Path DASHBOARDS = Path.of("..", "grafana", "dashboards");

  /** Of Prometheus' own making, there is only {@code up}. */
  private static final Pattern METRIC =
      Pattern.compile("\\b((?:tallypost|http|jvm|process|system|hikaricp)_[a-z_]+)");

  private static final Pattern ASKED_FOR = Pattern.compile("\\b(tallypost:\\w+:\\w+)");
  private static final Pattern RECORDED = Pattern.compile("- record: (\\S+)");
  private static final Pattern ALERT = Pattern.compile("- alert: (\\S+)");
  private static final Pattern RUNBOOK =
      Pattern.compile("runbook_url: docs/operations\\.md#(\\S+)");

  private MonitoringFiles() {}

  /** What they ask the services for; of a histogram its name alone. */
  static Set<String> metricNames() {
    Set<String> names = new TreeSet<>();
    found(METRIC).forEach(name -> names.add(name.replaceFirst("_(bucket|count|sum)$", "")));
    return names;
  }

  /** What they ask Prometheus' recording rules for. */
  static Set<String> askedForOfRules() {
    return found(ASKED_FOR);
  }

  static Set<String> recorded() {
    return found(RECORDED);
  }

  static Set<String> alerts() {
    return found(ALERT);
  }

  /** The headings that alerts point to. */
  static Set<String> runbooks() {
    return found(RUNBOOK);
  }

  private static Set<String> found(Pattern pattern) {
    Set<String> found = new TreeSet<>();
    for (String text : texts()) {
      pattern.matcher(text).results().map(MonitoringFiles::firstGroup).forEach(found::add);
    }
    return found;
  }

  private static String firstGroup(MatchResult match) {
    return match.group(1);
  }

  private static List<String> texts() {
    try (Stream<Path> rules = Files.list(PROMETHEUS.resolve("rules"));
        Stream<Path> dashboards = Files.list(DASHBOARDS)) {
      return Stream.concat(rules, dashboards).map(MonitoringFiles::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
