package io.tallypost.e2e;

import io.tallypost.stack.client.StackProcess;
import io.tallypost.stack.rest.RestClient;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What all processes of a stack show on their management ports at one time. */
record Metrics(List<Sample> samples) {
  private static final List<String> ROLES = List.of("intake", "quota", "worker", "audit");
  private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  /** A line of a scrape. */
  record Sample(String name, Map<String, String> labels, double value) {
    private static Sample of(MatchResult line) {
      String labels = line.group(2) == null ? "" : line.group(2);
      return new Sample(
          line.group(1),
          LABEL
              .matcher(labels)
              .results()
              .collect(Collectors.toMap(label -> label.group(1), label -> label.group(2))),
          Double.parseDouble(line.group(3)));
    }
  }

  static Metrics of(StackProcess stack) {
    return new Metrics(
        ROLES.stream()
            .flatMap(role -> stack.services(role).stream())
            .map(service -> service.path("management").asString())
            .flatMap(Metrics::scrape)
            .toList());
  }

  private static Stream<Sample> scrape(String management) {
    return RestClient.of(management)
        .get("/metrics")
        .text()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .flatMap(line -> SAMPLE.matcher(line).results().limit(1))
        .map(Sample::of);
  }

  /** Those of histograms without what tells their parts apart. */
  Set<String> names() {
    return samples.stream()
        .map(sample -> sample.name().replaceFirst("_(bucket|count|sum)$", ""))
        .collect(Collectors.toSet());
  }

  /** Whether there is such a series, whatever its value. */
  boolean has(String name, Map<String, String> labels) {
    return samples.stream().anyMatch(matches(name, labels));
  }

  /** The sum over processes and other labels. */
  double sum(String name, Map<String, String> labels) {
    return samples.stream().filter(matches(name, labels)).mapToDouble(Sample::value).sum();
  }

  private static Predicate<Sample> matches(String name, Map<String, String> labels) {
    return sample ->
        sample.name().equals(name) && sample.labels().entrySet().containsAll(labels.entrySet());
  }
}
