package io.tallypost.intake.inflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ByteBudgetTest {
  private static final long SMALL = 4 * 1024;
  private static final long MEGABYTE = 1024 * 1024;

  private final AtomicInteger tenants = new AtomicInteger();
  private final ByteBudget budget = new ByteBudget(8 * ByteBudget.need(MEGABYTE));

  @Test
  void setsAsideMoreThanTheBodyItself() {
    assertThat(ByteBudget.need(MEGABYTE)).isBetween(8 * MEGABYTE, 12 * MEGABYTE);
    // Small bodies may be all structure: {},{},{}.
    assertThat(ByteBudget.need(SMALL)).isGreaterThan(35 * SMALL);
  }

  @Test
  void leavesRoomForSmallBodiesHoweverManyLargeOnesThereAre() {
    List<ByteBudget.Share> large = untilFull(MEGABYTE);

    assertThat(large).hasSize(6);
    assertThat(budget.share(another()).growTo(SMALL)).isTrue();
    large.getFirst().close();
    assertThat(budget.share(another()).growTo(MEGABYTE)).isTrue();
  }

  @Test
  void takesNoMoreThanThereIs() {
    List<ByteBudget.Share> small = untilFull(SMALL);

    assertThat(budget.taken()).isLessThanOrEqualTo(budget.limit());
    assertThat(small).hasSize((int) (budget.limit() / ByteBudget.need(SMALL)));
  }

  @Test
  void letsTheLargestInIfItGoesAlone() {
    long larger = 20 * MEGABYTE;
    List<ByteBudget.Share> small = untilFull(SMALL);
    var first = budget.share(another());
    var second = budget.share(another());

    assertThat(first.growTo(larger)).isTrue();
    assertThat(second.growTo(MEGABYTE)).isFalse();
    first.close();
    assertThat(second.growTo(larger)).isTrue();
    second.close();
    small.forEach(ByteBudget.Share::close);

    assertThat(budget.taken()).isZero();
  }

  @Test
  void growsWithABodyOfUnknownLength() {
    try (var _ = budget.share(another());
        var growing = budget.share(another())) {
      for (long read = 1024; read <= MEGABYTE; read += 1024) {
        assertThat(growing.growTo(read)).isTrue();
        assertThat(budget.taken()).isEqualTo(ByteBudget.need(read));
      }
    }

    assertThat(budget.taken()).isZero();
  }

  @Test
  void refusesToGrowWhereThereIsNoRoomAndGivesBackWhatItHad() {
    List<ByteBudget.Share> large = untilFull(MEGABYTE);
    long before = budget.taken();

    try (var growing = budget.share(another())) {
      assertThat(growing.growTo(SMALL)).isTrue();
      assertThat(growing.growTo(MEGABYTE)).isFalse();
      assertThat(budget.taken()).isEqualTo(before + ByteBudget.need(SMALL));
    }

    assertThat(budget.taken()).isEqualTo(before);
    large.forEach(ByteBudget.Share::close);
    assertThat(budget.taken()).isZero();
  }

  @Test
  void holdsNothingAgainstATenantThatWasRefused() {
    List<ByteBudget.Share> others = untilFull(SMALL);
    for (int i = 0; i < 100; i++) {
      try (var refused = budget.share("acme")) {
        assertThat(refused.growTo(SMALL)).isFalse();
      }
    }
    others.forEach(ByteBudget.Share::close);

    assertThat(untilFull(SMALL, () -> "acme"))
        .hasSize((int) (budget.limit() / 8 * 7 / ByteBudget.need(SMALL)));
  }

  @Test
  void holdsNothingOfWhatLargeOnesHaveForOneThatWasRefused() {
    assertThat(budget.share(another()).growTo(MEGABYTE)).isTrue();
    List<ByteBudget.Share> small = untilFull(SMALL);
    for (int i = 0; i < 10; i++) {
      try (var refused = budget.share(another())) {
        assertThat(refused.growTo(MEGABYTE)).isFalse();
      }
    }
    small.forEach(ByteBudget.Share::close);

    assertThat(untilFull(MEGABYTE)).hasSize(5);
  }

  @Test
  void isWholeAgainAfterManyHaveTakenAndGivenBackAtOnce() throws Exception {
    Callable<Void> client =
        () -> {
          for (int i = 0; i < 500; i++) {
            try (var share = budget.share(another())) {
              share.growTo(ThreadLocalRandom.current().nextLong(1, 3 * MEGABYTE));
              share.growTo(ThreadLocalRandom.current().nextLong(1, 20 * MEGABYTE));
            }
          }
          return null;
        };

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var clients = IntStream.range(0, 32).mapToObj(_ -> client).toList();
      for (Future<Void> done : threads.invokeAll(clients)) {
        done.get();
      }
    }

    assertThat(budget.taken()).isZero();
    assertThat(untilFull(MEGABYTE)).hasSize(6);
  }

  @Test
  void leavesRoomForOthersHoweverManySmallBodiesATenantHas() {
    List<ByteBudget.Share> acme = untilFull(SMALL, () -> "acme");

    assertThat(budget.taken()).isBetween(budget.limit() / 4 * 3, budget.limit() / 8 * 7);
    assertThat(budget.share("acme").growTo(1)).isFalse();
    assertThat(budget.share("umbrella").growTo(SMALL)).isTrue();
    acme.getFirst().close();
    assertThat(budget.share("acme").growTo(SMALL)).isTrue();
  }

  @Test
  void leavesRoomForLargeBodiesOfOthersHoweverManyATenantHas() {
    List<ByteBudget.Share> acme = untilFull(MEGABYTE, () -> "acme");
    assertThat(acme).hasSize(4);
    // Whatever else it takes, down to the last byte of its part of all.
    for (long size = MEGABYTE; size > 0; size /= 2) {
      untilFull(size, () -> "acme");
    }

    assertThat(budget.share("acme").growTo(MEGABYTE)).isFalse();
    assertThat(budget.share("umbrella").growTo(MEGABYTE)).isTrue();
    acme.getFirst().close();
    assertThat(budget.share("acme").growTo(MEGABYTE)).isTrue();
  }

  @Test
  void leavesRoomForLargeBodiesOfOthersThoughATenantsGrow() {
    List<ByteBudget.Share> acme = Stream.generate(() -> budget.share("acme")).limit(20).toList();
    assertThat(acme).allMatch(share -> share.growTo(SMALL));

    assertThat(acme.stream().filter(share -> share.growTo(MEGABYTE))).hasSize(4);

    assertThat(budget.share("umbrella").growTo(MEGABYTE)).isTrue();
  }

  @Test
  void holdsNothingOfWhatItsLargeOnesHaveAgainstATenantThatWasRefused() {
    List<ByteBudget.Share> others = untilFull(MEGABYTE);
    for (int i = 0; i < 10; i++) {
      try (var refused = budget.share("acme")) {
        assertThat(refused.growTo(MEGABYTE)).isFalse();
      }
    }
    others.forEach(ByteBudget.Share::close);

    assertThat(untilFull(MEGABYTE, () -> "acme")).hasSize(4);
  }

  @Test
  void letsATenantsOnlyLargeBodyInThatNeedsMoreThanItsPart() {
    long larger = 11 * MEGABYTE / 2;
    try (var small = budget.share("acme");
        var other = budget.share("umbrella");
        var only = budget.share("acme");
        var second = budget.share("acme")) {
      assertThat(small.growTo(SMALL)).isTrue();
      assertThat(other.growTo(ByteBudget.LARGE + 1)).isTrue();
      assertThat(only.growTo(larger)).isTrue();
      assertThat(second.growTo(ByteBudget.LARGE + 1)).isFalse();
    }

    assertThat(budget.taken()).isZero();
    assertThat(untilFull(MEGABYTE, () -> "acme")).hasSize(4);
  }

  @Test
  void letsATenantsOnlyRequestInThatNeedsMoreThanItsPart() {
    try (var only = budget.share("acme");
        var second = budget.share("acme")) {
      assertThat(only.growTo(20 * MEGABYTE)).isTrue();
      assertThat(second.growTo(1)).isFalse();
    }

    assertThat(budget.taken()).isZero();
    assertThat(budget.share("acme").growTo(SMALL)).isTrue();
  }

  private List<ByteBudget.Share> untilFull(long bodyBytes) {
    return untilFull(bodyBytes, this::another);
  }

  private List<ByteBudget.Share> untilFull(long bodyBytes, Supplier<String> tenant) {
    var shares = new ArrayList<ByteBudget.Share>();
    var next = budget.share(tenant.get());
    while (next.growTo(bodyBytes)) {
      shares.add(next);
      next = budget.share(tenant.get());
    }
    return shares;
  }

  /** A tenant of its own. */
  private String another() {
    return "tenant" + tenants.incrementAndGet();
  }
}
