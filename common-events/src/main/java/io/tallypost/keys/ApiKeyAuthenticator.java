package io.tallypost.keys;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.tallypost.config.CompactedView;
import io.tallypost.events.ApiKeyId;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.springframework.security.crypto.password.PasswordEncoder;

/**
 * Tells who holds a key. bcrypt runs once per process and secret; after that a SHA-256 of the
 * secret finds its answer in a bounded cache. A cached answer holds only as long as the hash that
 * it was won from is still among the key's secrets, so a change of the key takes effect with the
 * view's next record. An unknown id costs as much as a known one.
 */
public final class ApiKeyAuthenticator {

  /** What came of it. */
  public sealed interface Result {
    /** The key is good. */
    record Authenticated(Caller caller) implements Result {}

    /** No such key, or the wrong secret. */
    record Unknown() implements Result {}

    /** The right secret of a key that is switched off. */
    record Disabled() implements Result {}

    /** The right secret of a key whose time is over. */
    record Expired() implements Result {}
  }

  /** Which secret was asked about. */
  private record Question(ApiKeyId id, String digest) {}

  /** The hash that matched, or null and the hashes that did not. */
  private record Answer(@Nullable String matched, List<String> tried) {
    boolean holdsFor(List<String> hashes) {
      return matched == null ? tried.equals(hashes) : hashes.contains(matched);
    }
  }

  private final CompactedView<ApiKeyState> keys;
  private final InstantSource clock;
  private final PasswordEncoder bcrypt;
  private final String hashOfNothing;

  /**
   * Platform threads: bcrypt computes for 80 ms without a pause, and would keep a virtual thread's
   * carrier from all others for so long. First come, first served.
   */
  private final ExecutorService bcryptThreads =
      Executors.newFixedThreadPool(
          Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
          Thread.ofPlatform().daemon().name("bcrypt-", 0).factory());

  /**
   * Of futures: a cache that computed its values itself would lock a part of its table for as long
   * as bcrypt takes, and others' questions with it.
   */
  private final AsyncCache<Question, Answer> answers =
      Caffeine.newBuilder()
          .maximumSize(100_000)
          .expireAfterAccess(Duration.ofHours(1))
          .recordStats()
          .buildAsync();

  public ApiKeyAuthenticator(
      CompactedView<ApiKeyState> keys, PasswordEncoder bcrypt, InstantSource clock) {
    this.keys = keys;
    this.clock = clock;
    this.bcrypt = bcrypt;
    this.hashOfNothing = bcrypt.encode("nobody's secret");
  }

  /**
   * Looks a key up.
   *
   * @param presented what the client sent as its key
   */
  public Result authenticate(String presented) {
    Optional<ApiKeyToken> token = ApiKeyToken.parse(presented);
    if (token.isEmpty()) {
      return new Result.Unknown();
    }
    Optional<ApiKeyState> key =
        keys.get(token.get().id().value()).filter(known -> known.mode() == token.get().mode());
    List<String> hashes = key.map(this::validHashes).orElse(List.of(hashOfNothing));
    Answer answer = answer(token.get(), hashes);
    if (key.isEmpty() || answer.matched() == null) {
      return new Result.Unknown();
    }
    if (key.get().restrictions().expiredAt(clock.instant())) {
      return new Result.Expired();
    }
    return key.get().enabled()
        ? new Result.Authenticated(new Caller(key.get()))
        : new Result.Disabled();
  }

  /** Whether a key was found good before, so that it can be told again at no cost. */
  boolean isRemembered(String presented) {
    return ApiKeyToken.parse(presented)
        .map(token ->
            answers.synchronous().getIfPresent(new Question(token.id(), digest(token.secret()))))
        .filter(answer -> answer.matched() != null)
        .isPresent();
  }

  /** How often the cache knew a key, and how often not. */
  CacheStats cacheStats() {
    return answers.synchronous().stats();
  }

  private List<String> validHashes(ApiKeyState key) {
    var now = clock.instant();
    return key.secrets().stream()
        .filter(secret -> secret.validAt(now))
        .map(ApiKeySecret::hash)
        .toList();
  }

  private Answer answer(ApiKeyToken token, List<String> hashes) {
    var question = new Question(token.id(), digest(token.secret()));
    Answer answer = verify(question, token.secret(), hashes);
    if (answer.holdsFor(hashes)) {
      return answer;
    }
    answers.synchronous().asMap().remove(question, answer);
    return verify(question, token.secret(), hashes);
  }

  /** Verifies once, however many threads ask. */
  private Answer verify(Question question, String secret, List<String> hashes) {
    return answers
        .get(
            question,
            (asked, executor) ->
                CompletableFuture.supplyAsync(() -> match(secret, hashes), bcryptThreads))
        .join();
  }

  private Answer match(String secret, List<String> hashes) {
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
