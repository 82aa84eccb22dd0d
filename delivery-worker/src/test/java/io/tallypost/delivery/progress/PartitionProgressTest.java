package io.tallypost.delivery.progress;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.progress.PartitionProgress.Commit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartitionProgressTest {

  @Test
  void commitsUpToTheFirstOpenRecordAndTellsWhatIsFinishedBeyond() {
    var progress = new PartitionProgress(10, "");
    for (long offset : List.of(10L, 12L, 14L, 16L)) {
      progress.polled(offset);
    }
    progress.finished(10);
    progress.finished(14);

    Commit commit = progress.commit(17);

    assertThat(commit.offset()).isEqualTo(12);
    var successor = new PartitionProgress(commit.offset(), commit.metadata());
    assertThat(successor.polled(12)).isTrue();
    assertThat(successor.polled(14)).isFalse();
    assertThat(successor.polled(16)).isTrue();
  }

  @Test
  void commitsThePositionWhenNothingIsInFlight() {
    var progress = new PartitionProgress(0, "");
    progress.polled(0);
    progress.finished(0);

    assertThat(progress.commit(2).offset()).as("a marker takes offset 1").isEqualTo(2);
  }

  @Test
  void keepsWhatThePredecessorFinishedUntilItIsPassed() {
    var first = new PartitionProgress(0, "");
    List.of(0L, 1L, 2L, 3L).forEach(first::polled);
    first.finished(3);
    var second = new PartitionProgress(0, first.commit(4).metadata());
    second.polled(0);
    second.finished(0);

    Commit commit = second.commit(1);

    assertThat(commit.offset()).isEqualTo(1);
    assertThat(new PartitionProgress(1, commit.metadata()).polled(3)).isFalse();
  }

  @Test
  void forgetsWhatItKnowsWhenTheGroupIsReset() {
    var first = new PartitionProgress(0, "");
    List.of(100L, 101L, 102L).forEach(first::polled);
    first.finished(102);
    Commit commit = first.commit(103);
    var successor = new PartitionProgress(commit.offset(), commit.metadata());

    assertThat(successor.polled(5)).isTrue();
    assertThat(successor.polled(102)).as("another record than the one finished").isTrue();
    assertThat(successor.commit(103).offset()).isEqualTo(5);
  }

  @Test
  void beginsAnewWithATopicThatWasCreatedAgainThoughItBeganAtItsStart() {
    var progress = new PartitionProgress(0, "");
    LongStream.range(0, 10).forEach(progress::polled);
    LongStream.range(0, 5).forEach(progress::finished);

    assertThat(progress.polled(0)).isTrue();
    progress.finished(5);
    assertThat(progress.commit(1).offset()).isZero();
    progress.finished(0);
    assertThat(progress.commit(1).offset()).isEqualTo(1);
    assertThat(progress.polled(5)).isTrue();
  }

  @Test
  void learnsNothingOfATopicFromMailOfAnEarlierOneOfThatName() {
    var progress = new PartitionProgress(450, "");
    progress.polled(500);
    progress.polled(0);

    progress.finished(500);

    assertThat(progress.polled(500)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "2:AB", "1:A", "1:A!", "1:99999999999999999999", "1:AA"})
  void takesUnreadableMetadataAsNothingFinished(String metadata) {
    var progress = new PartitionProgress(7, metadata);

    for (long offset = 7; offset < 100; offset++) {
      assertThat(progress.polled(offset)).isTrue();
    }
  }

  @Test
  void neverWritesMoreMetadataThanABrokerTakes() {
    var progress = new PartitionProgress(0, "");
    for (long offset = 0; offset < 20_000; offset++) {
      progress.polled(offset);
    }
    for (long offset = 1; offset < 20_000; offset += 2) {
      progress.finished(offset);
    }

    Commit commit = progress.commit(20_000);

    assertThat(commit.metadata().length()).isBetween(4000, OffsetRanges.LONGEST_METADATA);
    assertThat(commit.isCrowded()).isTrue();
    progress.finished(0);
    for (long offset = 2; offset < 19_000; offset += 2) {
      progress.finished(offset);
    }
    assertThat(progress.commit(20_000).isCrowded()).isFalse();
  }

  @Test
  void isNotCrowdedByAFullWindowInTheWorstOrder() {
    var progress = new PartitionProgress(0, "");
    for (long offset = 0; offset < 512; offset++) {
      progress.polled(offset * 2);
    }
    for (long offset = 1; offset < 512; offset += 2) {
      progress.finished(offset * 2);
    }

    assertThat(progress.commit(1024).isCrowded()).isFalse();
  }

  /**
   * A thousand lives of a partition: records with gaps, finished in any order, crashes at any
   * point, the successor begins at the last commit. Nothing may be lost, and only what was in
   * flight or finished since the last commit may be done twice.
   */
  @Test
  void losesNothingAndRepeatsOnlyWhatWasNotCommitted() {
    for (int seed = 0; seed < 1000; seed++) {
      new Life(seed).live();
    }
  }

  /** The model: a log, what was done how often, and what the broker knows. */
  private static final class Life {
    private final int seed;
    private final Random random;
    private final List<Long> log = new ArrayList<>();
    private final long end;
    private final Map<Long, Integer> done = new HashMap<>();
    private Commit committed = new Commit(0, "");
    private int allowedCopies;

    Life(int seed) {
      this.seed = seed;
      this.random = new Random(seed);
      long offset = random.nextInt(5);
      for (int i = 0; i < 1 + random.nextInt(60); i++) {
        log.add(offset);
        offset += 1 + (random.nextInt(3) == 0 ? random.nextInt(4) : 0);
      }
      this.end = offset + random.nextInt(3);
    }

    void live() {
      int crashes = random.nextInt(6);
      for (int i = 0; i < crashes; i++) {
        run(1 + random.nextInt(80), false);
      }
      run(Integer.MAX_VALUE, true);

      assertThat(done.keySet()).as("lost with seed %d", seed).containsAll(log);
      int copies = done.values().stream().mapToInt(times -> times - 1).sum();
      assertThat(copies).as("copies with seed %d", seed).isLessThanOrEqualTo(allowedCopies);
      assertThat(committed.offset()).as("end with seed %d", seed).isEqualTo(end);
    }

    private void run(int steps, boolean toTheEnd) {
      var progress = new PartitionProgress(committed.offset(), committed.metadata());
      long start = committed.offset();
      List<Long> toPoll = new ArrayList<>(log.stream().filter(o -> o >= start).toList());
      List<Long> inFlight = new ArrayList<>();
      Set<Long> uncommitted = new TreeSet<>();
      for (int step = 0; step < steps; step++) {
        boolean idle = toPoll.isEmpty() && inFlight.isEmpty();
        switch (idle ? 2 : random.nextInt(3)) {
          case 0 -> {
            for (int n = random.nextInt(5); n > 0 && !toPoll.isEmpty(); n--) {
              long offset = toPoll.removeFirst();
              if (progress.polled(offset)) {
                inFlight.add(offset);
              }
            }
          }
          case 1 -> {
            if (!inFlight.isEmpty()) {
              long offset = inFlight.remove(random.nextInt(inFlight.size()));
              done.merge(offset, 1, Integer::sum);
              uncommitted.add(offset);
              progress.finished(offset);
            }
          }
          default -> {
            committed = progress.commit(position(toPoll));
            uncommitted.clear();
            assertNothingOpenIsCommitted(inFlight, toPoll);
            if (idle && toTheEnd) {
              return;
            }
          }
        }
      }
      // A crash: what was in flight may have been sent, too.
      inFlight.forEach(offset -> done.merge(offset, random.nextInt(2), Integer::sum));
      done.values().removeIf(times -> times == 0);
      allowedCopies += inFlight.size() + uncommitted.size();
    }

    private long position(List<Long> toPoll) {
      return toPoll.isEmpty() ? end : toPoll.getFirst();
    }

    private void assertNothingOpenIsCommitted(
        Collection<Long> inFlight, Collection<Long> notPolled) {
      var successor = new PartitionProgress(committed.offset(), committed.metadata());
      Set<Long> open = new HashSet<>(inFlight);
      notPolled.stream().filter(offset -> !done.containsKey(offset)).forEach(open::add);
      assertThat(open)
          .as("open records are found again, seed %d", seed)
          .allMatch(offset -> offset >= committed.offset() && successor.polled(offset));
    }
  }
}
