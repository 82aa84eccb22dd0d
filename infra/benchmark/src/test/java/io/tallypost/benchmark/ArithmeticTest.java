package io.tallypost.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.benchmark.load.Schedule;
import io.tallypost.benchmark.load.Sent;
import io.tallypost.benchmark.sink.Deliveries;
import io.tallypost.benchmark.sink.Journal;
import io.tallypost.benchmark.stack.CpuTimes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What is computed from what was measured. */
class ArithmeticTest {

  @Test
  void anOfferedRateIsKeptFromTheFirstToTheLastRequest() {
    var schedule = new Schedule(300, Duration.ofSeconds(10));

    assertThat(schedule.count()).isEqualTo(3000);
    assertThat(schedule.dueNanos(0)).isZero();
    assertThat(schedule.dueNanos(1)).isEqualTo(3_333_333);
    assertThat(schedule.dueNanos(3000)).isEqualTo(Duration.ofSeconds(10).toNanos());
  }

  @Test
  void percentilesAreThoseOfWhatWasSeen() {
    var latencies = Latencies.of(LongStream.rangeClosed(1, 1000).mapToObj(Duration::ofMillis));

    assertThat(latencies.percentile(50)).isBetween(499.0, 501.0);
    assertThat(latencies.percentile(99)).isBetween(989.0, 991.0);
  }

  @Test
  void cpuIsReadFromBehindANameWithBlanksAndBrackets() {
    String stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 1 2 3 4 150 50 7 3 20 0 1 0 99";

    assertThat(CpuTimes.parse(stat, List.of(11, 12))).isEqualTo(Duration.ofSeconds(2));
    assertThat(CpuTimes.parse(stat, List.of(13, 14))).isEqualTo(Duration.ofMillis(100));
  }

  @Test
  void cpuIsCountedFromTheStartOfAMeasurement() {
    var before = new CpuTimes(Map.of("intake", Duration.ofSeconds(3)));
    var after = new CpuTimes(Map.of("intake", Duration.ofSeconds(5)));

    assertThat(after.since(before).of("intake")).isEqualTo(Duration.ofSeconds(2));
    assertThat(DeliveryReport.perMail(Duration.ofSeconds(2), 1000)).isEqualTo("2.00");
    assertThat(DeliveryReport.perSecond(500, 250_000)).isEqualTo(2000);
  }

  @Test
  void aSpreadHasTheMedianBetweenItsEnds() {
    assertThat(Spread.of(DoubleStream.of(3, 1, 2))).isEqualTo(new Spread(1, 2, 3));
    assertThat(Spread.of(DoubleStream.of(4, 1, 2, 3)).median()).isEqualTo(2.5);
    assertThat(new Spread(-1, 0.25, 2).cell("%+.1f %%")).isEqualTo("-1.0 % / +0.3 % / +2.0 %");
  }

  @Test
  void aTenthOfTheRequestsIsTraced() {
    assertThat(LongStream.range(0, 100).filter(i -> Sight.TENTH.traceparent(i).endsWith("-01")))
        .hasSize(10);
    assertThat(Sight.METRICS.traceparent(0))
        .matches("traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-00");
  }

  @Test
  void aJournalsLineIsReadBack() {
    assertThat(Journal.entry("<id@example.org> 1234"))
        .isEqualTo(new Journal.Entry("<id@example.org>", 1234));
  }

  @Test
  void aRoundOfTheDialogueIsReadBack() {
    assertThat(DialogueBenchmark.Round.of("round 10 20 30 40"))
        .isEqualTo(new DialogueBenchmark.Round(10, 20, 30, 40));
  }

  @Test
  void theDeliveredRateCountsFromTheFirstRequestToTheLastMail() throws Exception {
    Path file = Files.createTempFile("tallypost", ".journal");
    Files.writeString(file, "<a> 1500000\n<b> 3000000\n");
    var deliveries = new Deliveries(Journal.read(file));
    deliveries.await(List.of("<a>", "<b>"), Duration.ofSeconds(1));
    List<Sent> sent =
        List.of(
            new Sent(202, 1_000_000, Duration.ofMillis(1), "<a>"),
            new Sent(202, 2_000_000, Duration.ofMillis(1), "<b>"),
            new Sent(503, 2_000_000, Duration.ofMillis(1), ""));

    assertThat(DeliveryReport.deliveredPerSecond(sent, deliveries)).isEqualTo(1);
    Files.delete(file);
  }
}
