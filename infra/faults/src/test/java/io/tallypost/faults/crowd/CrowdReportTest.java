package io.tallypost.faults.crowd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CrowdReportTest {
  @Test
  void isReadAsItWasWritten() {
    CrowdReport report = usual();

    assertThat(report.json()).doesNotContain("\n");
    assertThat(CrowdReport.parse(report.json())).isEqualTo(report);
  }

  @Test
  void addsUp() {
    var one = new CrowdReport(Map.of(Hostility.SEARCHES, Map.of(200, 3L, 429, 1L)));
    var other =
        new CrowdReport(
            Map.of(Hostility.SEARCHES, Map.of(200, 4L), Hostility.KEY_MAKING, Map.of(201, 2L)));

    assertThat(CrowdReport.EMPTY.plus(one).plus(other))
        .isEqualTo(
            new CrowdReport(
                Map.of(
                    Hostility.SEARCHES,
                    Map.of(200, 7L, 429, 1L),
                    Hostility.KEY_MAKING,
                    Map.of(201, 2L))));
  }

  @Test
  void isRightWhenEverybodyGotTheUsualAnswers() {
    assertThat(usual().wrong()).isEmpty();
    assertThat(usual().plus(one(Hostility.SEARCHES, 503)).wrong()).isEmpty();
    assertThat(usual().plus(one(Hostility.SLOW_UPLOADS, 0)).wrong()).isEmpty();
  }

  @Test
  void isWrongWithErrorsAndSilence() {
    assertThat(usual().plus(one(Hostility.SEARCHES, 500)).wrong())
        .containsExactly("searches: 1 × 500");
    assertThat(usual().plus(one(Hostility.WRONG_KEYS, 0)).wrong())
        .containsExactly("wrong keys: 1 without an answer");
  }

  @Test
  void isWrongWhenSomethingWasNotTried() {
    Map<Hostility, Map<Integer, Long>> answers = new EnumMap<>(usual().answers());
    answers.put(Hostility.OVER_LIMIT, Map.of(202, 10L));
    answers.remove(Hostility.SEARCHES);

    assertThat(new CrowdReport(answers).wrong())
        .containsExactly(
            "over limit: nothing was answered 429", "searches: nothing was answered 200");
  }

  @Test
  void saysWhatWasAnswered() {
    var report =
        new CrowdReport(
            Map.of(
                Hostility.SLOW_UPLOADS, Map.of(0, 2L, 503, 7L),
                Hostility.WRONG_KEYS, Map.of(429, 9L, 401, 1L)));

    assertThat(report.said())
        .isEqualTo("wrong keys 1 × 401, 9 × 429; slow uploads 2 × cut off, 7 × 503");
  }

  private static CrowdReport one(Hostility kind, int status) {
    return new CrowdReport(Map.of(kind, Map.of(status, 1L)));
  }

  private static CrowdReport usual() {
    Map<Hostility, Map<Integer, Long>> answers = new EnumMap<>(Hostility.class);
    for (Hostility kind : Hostility.values()) {
      Map<Integer, Long> counts = new TreeMap<>();
      kind.usual().forEach(status -> counts.put(status, 1L));
      answers.put(kind, counts);
    }
    return new CrowdReport(answers);
  }
}
