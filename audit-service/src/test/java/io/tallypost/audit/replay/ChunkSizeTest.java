package io.tallypost.audit.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How many letters go out together, and how the progress behind them is written. */
class ChunkSizeTest {
  private static final long MEGABYTE = 1024 * 1024;

  @ParameterizedTest
  @CsvSource({
    // from, claimed, letters a second, last position
    "0,  1000, 1,    1",
    "0,  1000, 4,    1",
    "0,  1000, 5,    2",
    "0,  1000, 50,   13",
    "40, 1000, 50,   53",
    "0,  1000, 400,  100",
    "0,  1000, 1000, 100",
    "0,  3,    50,   3",
    "2,  3,    50,   3",
    "3,  3,    50,   3",
  })
  void takesAQuarterOfASecondsLettersUpToAHundred(int from, int claimed, int rate, int last) {
    assertThat(ChunkSize.last(from, claimed, rate)).isEqualTo(last);
  }

  @ParameterizedTest
  @MethodSource("weights")
  void takesNoMoreMailThanFourMegabytesButOneLetterAtLeast(List<Long> megabytes, int expected) {
    var sizes =
        IntStream.range(0, megabytes.size())
            .boxed()
            .collect(Collectors.toMap(n -> 11 + n, n -> megabytes.get(n) * MEGABYTE));

    assertThat(ChunkSize.fitting(10, 10 + megabytes.size(), sizes)).isEqualTo(expected);
  }

  static Object[][] weights() {
    return new Object[][] {
      {List.of(1L, 1L, 1L), 13},
      {List.of(1L, 1L, 2L), 13},
      {List.of(1L, 1L, 1L, 1L, 1L), 14},
      {List.of(9L, 1L), 11},
      {List.of(1L, 9L, 1L), 11},
      {List.of(), 10},
    };
  }

  @Test
  void takesLettersWithoutMailForNothing() {
    assertThat(ChunkSize.fitting(0, 3, Map.of(2, 4 * MEGABYTE))).isEqualTo(3);
  }

  @ParameterizedTest
  @MethodSource("progresses")
  void readsTheProgressThatItHasWritten(Progress progress) {
    assertThat(Progress.read(progress.written())).isEqualTo(progress);
  }

  static List<Progress> progresses() {
    return List.of(
        new Progress(0, List.of()),
        new Progress(7, List.of(5)),
        new Progress(300, IntStream.rangeClosed(201, 300).boxed().toList()));
  }

  @Test
  void writesTheLongestProgressIntoWhatABrokerKeepsOfMetadata() {
    int last = 9_999_999;
    var progress = new Progress(last, IntStream.rangeClosed(last - 99, last).boxed().toList());

    assertThat(progress.written().metadata()).hasSizeLessThan(4096);
  }

  @Test
  void takesAnOffsetWithoutMetadataForProgressThatSkippedNothing() {
    assertThat(Progress.read(new OffsetAndMetadata(12))).isEqualTo(new Progress(12, List.of()));
  }
}
