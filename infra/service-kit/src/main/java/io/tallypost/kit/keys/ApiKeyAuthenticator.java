package io.tallypost.kit.keys;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.kit.view.CompactedView;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who holds a key. bcrypt runs once per process and secret; after that a SHA-256 of the
 * secret finds its answer in a bounded cache. A cached answer holds only while the hash that gave
 * it is among the key's secrets, so a change of the key takes effect with the view's next record.
 * An unknown id costs as much as a known one. Good secrets have a cache of their own: wrong ones
 * cannot evict them.
 */
final class ApiKeyAuthenticator {

  /** The result. */
  public sealed interface Result {
    /** The key is good, by this secret of it. */
    record Authenticated(ApiKeyState key, ApiKeySecret secret) implements Result {}

    /** No such key, or the wrong secret. */
    record Unknown() implements Result {}

    /** The right secret of a key that is switched off. */
    record Disabled() implements Result {}

    /** The right secret of an expired key. */
    record Expired() implements Result {}

    /** Too many others are being checked; nothing is known about this one. */
    record Busy() implements Result {}
  }

  /** The secret that was checked. */
  private record Question(ApiKeyId id, String digest) {}

  /** The hash that matched, or null and the hashes that did not. */
  private record Answer(@Nullable String matched, List<String> tried) {
    boolean holdsFor(List<String> hashes) {
      return matched == null ? tried.equals(hashes) : hashes.contains(matched);
    }
  }

  private static final int MOST_STALE_ANSWERS = 8;

  private final CompactedView<ApiKeyState> keys;
  private final InstantSource clock;
  private final BcryptPool bcrypt;
  private final String hashOfNothing;

  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();

  /** The hash that each good secret matched. */
  private final Cache<Question, String> good =
      Caffeine.newBuilder().maximumSize(100_000).expireAfterAccess(Duration.ofHours(1)).build();

  /**
   * Of futures: a cache that computed its values itself would lock a part of its table while bcrypt
   * runs, and hold up other look-ups.
   */
  private final AsyncCache<Question, Answer> tried =
      Caffeine.newBuilder().maximumSize(10_000).expireAfterAccess(Duration.ofHours(1)).buildAsync();

  public ApiKeyAuthenticator(
      CompactedView<ApiKeyState> keys, BcryptPool bcrypt, InstantSource clock) {
    this.keys = keys;
    this.clock = clock;
    this.bcrypt = bcrypt;
    this.hashOfNothing = bcrypt.encode("nobody", "nobody's secret");
  }

  /**
   * Looks up a key that was found good before, which costs nothing.
   *
   * @param presented what the client sent as its key
   * @return empty if bcrypt would have to check it
   */
  public Optional<Result> recall(String presented) {
    Optional<ApiKeyToken> token = ApiKeyToken.parse(presented);
    if (token.isEmpty()) {
      return Optional.empty();
    }
    Optional<ApiKeyState> key = known(token.get());
    if (key.isEmpty()) {
      return Optional.empty();
    }
    String matched = good.getIfPresent(question(token.get()));
    if (matched == null || !validHashes(key.get()).contains(matched)) {
      return Optional.empty();
    }
    hits.increment();
    return Optional.of(ofHolder(key.get(), matched));
  }

  /**
   * Waits for bcrypt's result on a key that another request has sent as well.
   *
   * @param presented what the client sent as its key
   * @return empty if it is not being checked
   */
  public Optional<Result> join(String presented) {
    boolean isAskedAbout =
        ApiKeyToken.parse(presented)
            .map(token -> tried.getIfPresent(question(token)))
            .filter(answer -> !answer.isDone())
            .isPresent();
    // The last in rank, if it has to start again after all.
    return isAskedAbout
        ? Optional.of(authenticate(presented, Integer.MAX_VALUE))
        : Optional.empty();
  }

  /**
   * Looks a key up.
   *
   * @param presented what the client sent as its key
   * @param rank the number of its network's or site's attempt; lower ones are checked first
   */
  public Result authenticate(String presented, int rank) {
    Optional<ApiKeyToken> token = ApiKeyToken.parse(presented);
    if (token.isEmpty()) {
      return new Result.Unknown();
    }
    Optional<ApiKeyState> key = known(token.get());
    try {
      if (key.isEmpty()) {
        answer(token.get(), List.of(hashOfNothing), rank);
        // The state of a key that was just made may have come in meanwhile.
        key = known(token.get());
      }
      if (key.isEmpty()) {
        return new Result.Unknown();
      }
      Answer answer = answer(token.get(), validHashes(key.get()), rank);
      String matched = answer.matched();
      return matched == null ? new Result.Unknown() : ofHolder(key.get(), matched);
    } catch (CompletionException e) {
      if (e.getCause() instanceof BcryptPool.FullException) {
        return new Result.Busy();
      }
      throw e;
    }
  }

  private Result ofHolder(ApiKeyState key, String matched) {
    if (key.restrictions().expiredAt(clock.instant())) {
      return new Result.Expired();
    }
    if (!key.enabled()) {
      return new Result.Disabled();
    }
    return key.secrets().stream()
        .filter(secret -> secret.hash().equals(matched))
        .findFirst()
        .<Result>map(secret -> new Result.Authenticated(key, secret))
        .orElseGet(Result.Unknown::new);
  }

  private Optional<ApiKeyState> known(ApiKeyToken token) {
    return keys.get(token.id().value()).filter(key -> key.mode() == token.mode());
  }

  /** How many keys were known without a bcrypt. */
  long hits() {
    return hits.sum();
  }

  /** How many keys bcrypt had to check. */
  long misses() {
    return misses.sum();
  }

  private List<String> validHashes(ApiKeyState key) {
    var now = clock.instant();
    return key.secrets().stream()
        .filter(secret -> secret.validAt(now))
        .map(ApiKeySecret::hash)
        .toList();
  }

  private Answer answer(ApiKeyToken token, List<String> hashes, int rank) {
    Question question = question(token);
    Answer answer = verify(question, token.secret(), hashes, rank);
    // Others may ask about the same key by hashes of before at the same time.
    for (int more = 0; !answer.holdsFor(hashes); more++) {
      if (more == MOST_STALE_ANSWERS) {
        throw new CompletionException(new BcryptPool.FullException());
      }
      tried.synchronous().asMap().remove(question, answer);
      answer = verify(question, token.secret(), hashes, rank);
    }
    if (answer.matched() != null) {
      good.put(question, answer.matched());
    }
    return answer;
  }

  /**
   * Verifies once, however many threads ask. The pool is asked without a lock of the cache: to make
   * room for this, it may drop what others wait for, which then leaves the cache.
   */
  private Answer verify(Question question, String secret, List<String> hashes, int rank) {
    var answer = new CompletableFuture<Answer>();
    CompletableFuture<Answer> before = tried.asMap().putIfAbsent(question, answer);
    if (before != null) {
      hits.increment();
      return before.join();
    }
    return bcrypt
        .submit(rank, () -> match(secret, hashes))
        .whenComplete((matched, failure) -> {
          if (failure == null) {
            answer.complete(matched);
          } else {
            answer.completeExceptionally(failure);
          }
        })
        .join();
  }

  private static Question question(ApiKeyToken token) {
    return new Question(token.id(), digest(token.secret()));
  }

  private Answer match(String secret, List<String> hashes) {
    misses.increment();
    String matched =
        hashes.stream().filter(hash -> bcrypt.matches(secret, hash)).findFirst().orElse(null);
    return new Answer(matched, hashes);
  }

  private static String digest(String secret) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
