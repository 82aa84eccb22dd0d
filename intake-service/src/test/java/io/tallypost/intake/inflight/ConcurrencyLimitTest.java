package io.tallypost.intake.inflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConcurrencyLimitTest {
  private final ConcurrencyLimit limit = new ConcurrencyLimit(2);

  @Test
  void letsInSoManyOfEachName() {
    assertThat(limit.tryEnter("a")).isTrue();
    assertThat(limit.tryEnter("a")).isTrue();

    assertThat(limit.tryEnter("a")).isFalse();
    assertThat(limit.tryEnter("b")).isTrue();
  }

  @Test
  void letsTheNextInWhenOneHasLeft() {
    limit.tryEnter("a");
    limit.tryEnter("a");
    limit.tryEnter("a");

    limit.leave("a");

    assertThat(limit.tryEnter("a")).isTrue();
    assertThat(limit.tryEnter("a")).isFalse();
  }

  @Test
  void forgetsWhoHasNothingInFlight() {
    for (int i = 0; i < 1_000; i++) {
      limit.tryEnter("name " + i);
      limit.leave("name " + i);
    }

    assertThat(limit.names()).isZero();
  }

  /**
   * A refusal is right only if, at some moment of the call, the places were taken: if others held
   * or were giving back as many as there are.
   */
  @ParameterizedTest
  @CsvSource({"1, 2", "1, 4", "2, 3"})
  void underAFloodNeitherLetsInTooManyNorRefusesTooEarly(int most, int threads) throws Exception {
    var crowded = new ConcurrencyLimit(most);
    var clock = new AtomicLong();
    var inside = new AtomicInteger();
    var highest = new AtomicInteger();
    var refused = new AtomicInteger();
    List<Call> calls;
    try (var executor = Executors.newFixedThreadPool(threads)) {
      Callable<List<Call>> caller =
          () -> {
            List<Call> own = new ArrayList<>();
            // So many that threads are interrupted within, however few processors there are.
            for (int n = 0; n < 400_000 || (refused.get() == 0 && n < 10_000_000); n++) {
              long begin = clock.incrementAndGet();
              boolean entered = crowded.tryEnter("a");
              if (entered) {
                highest.accumulateAndGet(inside.incrementAndGet(), Math::max);
                inside.decrementAndGet();
                crowded.leave("a");
              } else {
                refused.incrementAndGet();
              }
              own.add(new Call(begin, clock.incrementAndGet(), entered));
            }
            return own;
          };
      calls = new ArrayList<>();
      for (var future : executor.invokeAll(Collections.nCopies(threads, caller))) {
        calls.addAll(future.get());
      }
    }

    assertThat(highest).hasValueLessThanOrEqualTo(most);
    assertThat(refused).hasPositiveValue();
    assertThat(refusedTooEarly(calls, most)).isZero();
    assertThat(crowded.names()).isZero();
  }

  /** From before the call to after the place was given back; times are places in one order. */
  private record Call(long begin, long end, boolean entered) {}

  private static long refusedTooEarly(List<Call> calls, int most) {
    // How many entries began before a time, and how many ended: what is between was under way.
    long[] begins = calls.stream().filter(Call::entered).mapToLong(Call::begin).sorted().toArray();
    long[] ends = calls.stream().filter(Call::entered).mapToLong(Call::end).sorted().toArray();
    return calls.stream()
        .filter(call -> !call.entered())
        .filter(call -> below(begins, call.end()) - below(ends, call.begin()) < most)
        .count();
  }

  /** All times are different. */
  private static int below(long[] sorted, long time) {
    return -Arrays.binarySearch(sorted, time) - 1;
  }
}
