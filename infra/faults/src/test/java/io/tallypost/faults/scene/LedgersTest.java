package io.tallypost.faults.scene;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LedgersTest {
  private static final Instant START = Instant.parse("2026-11-22T12:00:00Z");

  @Test
  void agreeWhenEachMailArrivedOnce() {
    Tally tally =
        ledgers(Map.of("<a>", List.of(after(1)), "<b>", List.of(after(2)))).join(List.of());

    assertThat(tally).isEqualTo(new Tally(2, 0, 0, 0, 0, 0, 0, Duration.ofSeconds(2)));
  }

  @Test
  void aMailThatTheSinkNeverSawIsLost() {
    assertThat(ledgers(Map.of("<a>", List.of(after(1)))).join(List.of()).lost()).isEqualTo(1);
  }

  @Test
  void aMailWhoseEndNobodyKnowsIsLost() {
    var ledgers =
        new Ledgers(
            List.of(accepted("a")),
            Map.of("<a>", List.of(after(1))),
            Set.of("a"),
            Set.of(),
            1,
            Set.of(),
            0);

    assertThat(ledgers.join(List.of()).lost()).isEqualTo(1);
  }

  @Test
  void eachFurtherTimeIsACopy() {
    var received = Map.of("<a>", List.of(after(1), after(2), after(3)), "<b>", List.of(after(1)));

    assertThat(ledgers(received).join(List.of()).copies()).isEqualTo(2);
  }

  @Test
  void aMailThatWasNotApprovedIsInvented() {
    var ledgers =
        new Ledgers(
            List.of(accepted("a")),
            Map.of("<a>", List.of(after(1))),
            Set.of(),
            Set.of("a"),
            0,
            Set.of("a"),
            0);

    assertThat(ledgers.join(List.of()).invented()).isEqualTo(1);
  }

  @Test
  void whatIsChargedBeyondTheApprovedIsDrift() {
    var ledgers =
        new Ledgers(List.of(accepted("a")), Map.of(), Set.of("a"), Set.of(), 3, Set.of(), 0);

    assertThat(ledgers.join(List.of()).drift()).isEqualTo(2);
  }

  @Test
  void aMailWaitsFromTheFirstFaultAfterItWasAskedFor() {
    var received = Map.of("<a>", List.of(after(9)), "<b>", List.of(after(1)));

    assertThat(ledgers(received).join(List.of(after(4), after(6))).recovery())
        .isEqualTo(Duration.ofSeconds(5));
  }

  private static Ledgers ledgers(Map<String, List<Instant>> received) {
    return new Ledgers(
        List.of(accepted("a"), accepted("b")),
        received,
        Set.of("a", "b"),
        Set.of(),
        2,
        Set.of("a", "b"),
        0);
  }

  private static Request accepted(String id) {
    return new Request(202, id, "<" + id + ">", 1, START);
  }

  private static Instant after(int seconds) {
    return START.plusSeconds(seconds);
  }
}
