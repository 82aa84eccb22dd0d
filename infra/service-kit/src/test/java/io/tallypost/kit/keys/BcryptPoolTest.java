package io.tallypost.kit.keys;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;

class BcryptPoolTest {
  private static final int MOST_WAITING = 64;

  private final BcryptPool pool = new BcryptPool(new BCryptPasswordEncoder(4), 1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  @AfterEach
  void goOn() {
    goOn.countDown();
  }

  /** Has its thread wait, and as much before it as there is room for. */
  static List<CompletableFuture<Integer>> fill(BcryptPool pool, int rank, CountDownLatch goOn) {
    var all = new ArrayList<CompletableFuture<Integer>>();
    var started = new CountDownLatch(1);
    all.add(
        pool.submit(
            rank,
            () -> {
              started.countDown();
              return hold(goOn);
            }));
    hold(started);
    for (int i = 0; i < MOST_WAITING; i++) {
      all.add(pool.submit(rank, () -> rank));
    }
    return all;
  }

  private static int hold(CountDownLatch latch) {
    try {
      latch.await();
      return 0;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void refusesWhatWasNotBegunInTime() {
    var hasty = new BcryptPool(new BCryptPasswordEncoder(4), 1, Duration.ofMillis(50));
    CompletableFuture<Integer> begun = hasty.submit(1, () -> hold(goOn));

    CompletableFuture<Integer> waits = hasty.submit(1, () -> 1);

    assertThatThrownBy(waits::get).hasCauseInstanceOf(BcryptPool.FullException.class);
    assertThat(hasty.waiting()).isZero();
    assertThat(begun).isNotDone();
  }

  @Test
  void servesTheFirstOfEachBeforeTheSecondOfAny() throws Exception {
    var order = new ConcurrentLinkedQueue<String>();
    var _ = pool.submit(1, () -> hold(goOn));
    var all = new ArrayList<CompletableFuture<Boolean>>();
    for (int rank = 1; rank <= 3; rank++) {
      String name = "loud " + rank;
      all.add(pool.submit(rank, () -> order.add(name)));
    }
    all.add(pool.submit(1, () -> order.add("quiet 1")));
    all.add(pool.submit(2, () -> order.add("quiet 2")));

    goOn.countDown();
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(10, TimeUnit.SECONDS);

    assertThat(order).containsExactly("loud 1", "quiet 1", "loud 2", "quiet 2", "loud 3");
  }

  @Test
  void letsTheLastInRankGoWhenItIsFull() throws Exception {
    var all = fill(pool, 7, goOn);

    var worse = pool.submit(8, () -> 8);
    var same = pool.submit(7, () -> 7);
    var better = pool.submit(1, () -> 1);

    assertThat(worse).isCompletedExceptionally();
    assertThat(same).isCompletedExceptionally();
    assertThat(all.getLast()).isCompletedExceptionally();
    assertThat(pool.waiting()).isEqualTo(MOST_WAITING);
    goOn.countDown();
    assertThat(better.get(10, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(all.get(MOST_WAITING - 1).get(10, TimeUnit.SECONDS)).isEqualTo(7);
    assertThatThrownBy(worse::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(BcryptPool.FullException.class);
  }

  /** Anybody may have wrong keys checked. */
  @Test
  void hashesHoweverManyFirstChecksWait() throws Exception {
    var all = fill(pool, 1, goOn);

    var hash = CompletableFuture.supplyAsync(() -> pool.encode("acme", "secret"));
    await().until(() -> pool.waiting() == MOST_WAITING + 1);

    assertThat(pool.submit(1, () -> 1)).isCompletedExceptionally();
    goOn.countDown();
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(10, TimeUnit.SECONDS);
    assertThat(pool.matches("secret", hash.get(10, TimeUnit.SECONDS))).isTrue();
  }

  @Test
  void checksHoweverManyHashesWaitAndLetsTheLastInRankOfThemGo() throws Exception {
    var _ = pool.submit(1, () -> hold(goOn));
    var hashes = new ArrayList<CompletableFuture<String>>();
    for (int i = 1; i <= MOST_WAITING; i++) {
      int waiting = i;
      hashes.add(hashing(i <= 2 ? "loud" : "quiet " + i));
      await().until(() -> pool.waiting() == waiting);
    }

    var check = pool.submit(1, () -> 1);
    CompletableFuture<String> another = hashing("another");

    assertRefused(hashes.get(1));
    assertRefused(hashing("one more"));
    goOn.countDown();
    assertThat(check.get(10, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(pool.matches("another", another.get(10, TimeUnit.SECONDS))).isTrue();
    assertThat(hashes.getFirst().get(10, TimeUnit.SECONDS)).isNotEmpty();
  }

  private static void assertRefused(CompletableFuture<String> hash) {
    assertThatThrownBy(() -> hash.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(BcryptPool.FullException.class);
  }

  private CompletableFuture<String> hashing(String who) {
    var hash = new CompletableFuture<String>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            hash.complete(pool.encode(who, who));
          } catch (BcryptPool.FullException e) {
            hash.completeExceptionally(e);
          }
        });
    return hash;
  }

  @Test
  void hashesAndChecksInTurn() {
    var order = new ConcurrentLinkedQueue<String>();
    var recording = new BcryptPool(new Recorder(order), 1);
    var _ = recording.submit(1, () -> hold(goOn));
    for (int rank = 1; rank <= 2; rank++) {
      String name = "check " + rank;
      var _ = recording.submit(rank, () -> order.add(name));
    }
    Thread.ofVirtual().start(() -> recording.encode("acme", "hash"));
    await().until(() -> recording.waiting() == 3);

    goOn.countDown();
    await().until(() -> order.size() == 3);

    assertThat(order).containsExactly("check 1", "hash", "check 2");
  }

  @Test
  void hashesForTheQuietBeforeItHashesForTheLoudAgain() {
    var order = new ConcurrentLinkedQueue<String>();
    var recording = new BcryptPool(new Recorder(order), 1);
    var _ = recording.submit(1, () -> hold(goOn));
    for (int i = 1; i <= 10; i++) {
      int waiting = i;
      Thread.ofVirtual().start(() -> recording.encode("loud", "loud"));
      await().until(() -> recording.waiting() == waiting);
    }
    Thread.ofVirtual().start(() -> recording.encode("quiet", "quiet"));
    await().until(() -> recording.waiting() == 11);

    goOn.countDown();
    await().until(() -> order.size() == 11);

    assertThat(order).startsWith("loud", "quiet", "loud");
  }

  /** Hashes nothing, and knows what it was asked to. */
  private record Recorder(ConcurrentLinkedQueue<String> order) implements PasswordEncoder {
    @Override
    public String encode(@Nullable CharSequence secret) {
      order.add(String.valueOf(secret));
      return "hash";
    }

    @Override
    public boolean matches(@Nullable CharSequence secret, @Nullable String hash) {
      return false;
    }
  }

  @Test
  void failsWithWhatFailed() {
    assertThatThrownBy(
            pool.submit(
                    1,
                    () -> {
                      throw new IllegalStateException("broken");
                    })
                ::get)
        .hasRootCauseMessage("broken");
  }
}
