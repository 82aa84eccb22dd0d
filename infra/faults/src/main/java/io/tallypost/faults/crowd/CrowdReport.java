package io.tallypost.faults.crowd;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a {@link Crowd} was answered.
 *
 * @param answers how often by HTTP's status; 0 where there was no answer
 */
public record CrowdReport(Map<Hostility, Map<Integer, Long>> answers) {
  public static final CrowdReport EMPTY = new CrowdReport(Map.of());

  private static final JsonMapper JSON = JsonMapper.builder().build();

  public CrowdReport {
    Map<Hostility, Map<Integer, Long>> sorted = new EnumMap<>(Hostility.class);
    answers.forEach((kind, counts) -> sorted.put(kind, new TreeMap<>(counts)));
    answers = sorted;
  }

  static CrowdReport parse(String line) {
    return new CrowdReport(JSON.readValue(line, new TypeReference<>() {}));
  }

  String json() {
    return JSON.writeValueAsString(answers);
  }

  public CrowdReport plus(CrowdReport other) {
    Map<Hostility, Map<Integer, Long>> sum = new EnumMap<>(Hostility.class);
    for (CrowdReport report : List.of(this, other)) {
      report.answers.forEach((kind, counts) -> {
        Map<Integer, Long> all = sum.computeIfAbsent(kind, _ -> new TreeMap<>());
        counts.forEach((status, count) -> all.merge(status, count, Long::sum));
      });
    }
    return new CrowdReport(sum);
  }

  /** Usual answers that there were none of. */
  List<String> missing() {
    List<String> missing = new ArrayList<>();
    for (Hostility kind : Hostility.values()) {
      Map<Integer, Long> counts = answers.getOrDefault(kind, Map.of());
      kind.usual().stream()
          .sorted()
          .filter(status -> !counts.containsKey(status))
          .forEach(
              status -> missing.add("%s: nothing was answered %d".formatted(kind.said(), status)));
    }
    return missing;
  }

  /** What must not be: errors, silence, or that somebody was not tried at all. */
  public List<String> wrong() {
    List<String> wrong = new ArrayList<>(missing());
    for (Hostility kind : Hostility.values()) {
      Map<Integer, Long> counts = answers.getOrDefault(kind, Map.of());
      counts.forEach((status, count) -> {
        if (status >= 500 && status != 503) {
          wrong.add("%s: %d × %d".formatted(kind.said(), count, status));
        }
        if (status == 0 && !kind.mayBeCutOff()) {
          wrong.add("%s: %d without an answer".formatted(kind.said(), count));
        }
      });
    }
    return wrong;
  }

  /** In a line. */
  public String said() {
    return answers.entrySet().stream()
        .map(kind -> kind.getKey().said() + " " + said(kind.getValue()))
        .collect(Collectors.joining("; "));
  }

  private static String said(Map<Integer, Long> counts) {
    return counts.entrySet().stream()
        .map(count ->
            "%d × %s".formatted(count.getValue(), count.getKey() == 0 ? "cut off" : count.getKey()))
        .collect(Collectors.joining(", "));
  }
}
