package io.tallypost.kit.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Examples;
import io.tallypost.events.Topics;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.kit.keys.ApiKeyAuthenticator.Result;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.mail.Mode;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;

class ApiKeyAuthenticatorTest {
  private static final ApiKeyToken TOKEN = ApiKeyToken.generate(Mode.LIVE, new SecureRandom());

  private Instant now = Examples.NOON;
  private final CountingBcrypt bcrypt = new CountingBcrypt();
  private final CompactedView<ApiKeyState> keys =
      new CompactedView<>(Topics.API_KEYS, ApiKeyState.class, Map.of());
  private final ApiKeyAuthenticator authenticator =
      new ApiKeyAuthenticator(keys, new BcryptPool(bcrypt), () -> now);
  private final String hash = bcrypt.encode(TOKEN.secret());

  /** The cheapest bcrypt there is, counted. */
  private static final class CountingBcrypt implements PasswordEncoder {
    private final PasswordEncoder bcrypt = new BCryptPasswordEncoder(4);
    final AtomicInteger matches = new AtomicInteger();
    Runnable meanwhile = () -> {};

    @Override
    public String encode(@Nullable CharSequence raw) {
      return Objects.requireNonNull(bcrypt.encode(raw));
    }

    @Override
    public boolean matches(@Nullable CharSequence raw, @Nullable String encoded) {
      matches.incrementAndGet();
      meanwhile.run();
      return bcrypt.matches(raw, encoded);
    }
  }

  @Test
  void knowsTheHolderOfAKey() {
    put(1, true, new ApiKeySecret(hash, null));

    assertThat(authenticator.authenticate(TOKEN.plaintext(), 1))
        .isInstanceOfSatisfying(
            Result.Authenticated.class,
            result -> {
              assertThat(result.key().tenant()).isEqualTo(Examples.ACME);
              assertThat(result.secret().hash()).isEqualTo(hash);
              assertThat(result.toString()).doesNotContain(hash);
            });
  }

  @Test
  void asksBcryptOnceHoweverManyAskAtOnce() throws Exception {
    put(1, true, new ApiKeySecret(hash, null));
    Callable<Result> call = () -> authenticator.authenticate(TOKEN.plaintext(), 1);
    List<Result> results = new ArrayList<>();

    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Result> result : pool.invokeAll(Collections.nCopies(64, call))) {
        results.add(result.get());
      }
    }

    assertThat(results).hasSize(64).allMatch(Result.Authenticated.class::isInstance);
    assertThat(bcrypt.matches).hasValue(1);
  }

  @Test
  void refusesAWrongSecretAndAnUnknownIdAtTheSameCost() {
    put(1, true, new ApiKeySecret(hash, null));
    var wrongSecret = new ApiKeyToken(Mode.LIVE, TOKEN.id(), "0".repeat(43));
    var unknownId = ApiKeyToken.generate(Mode.LIVE, new SecureRandom());

    assertThat(authenticator.authenticate(wrongSecret.plaintext(), 1))
        .isInstanceOf(Result.Unknown.class);
    assertThat(bcrypt.matches).hasValue(1);
    assertThat(authenticator.authenticate(unknownId.plaintext(), 1))
        .isInstanceOf(Result.Unknown.class);
    assertThat(bcrypt.matches).hasValue(2);
  }

  @Test
  void knowsAKeyWhoseStateComesWhileItIsLookedFor() {
    bcrypt.meanwhile = () -> put(1, true, new ApiKeySecret(hash, null));

    assertThat(authenticator.authenticate(TOKEN.plaintext(), 1))
        .isInstanceOf(Result.Authenticated.class);
  }

  @Test
  void doesNotTakeALiveKeyForATestKey() {
    put(1, true, new ApiKeySecret(hash, null));
    var testKey = new ApiKeyToken(Mode.TEST, TOKEN.id(), TOKEN.secret());

    assertThat(authenticator.authenticate(testKey.plaintext(), 1))
        .isInstanceOf(Result.Unknown.class);
  }

  @Test
  void saysThatAKeyIsDisabledOnlyToItsHolder() {
    put(1, false, new ApiKeySecret(hash, null));
    var wrongSecret = new ApiKeyToken(Mode.LIVE, TOKEN.id(), "0".repeat(43));

    assertThat(authenticator.authenticate(TOKEN.plaintext(), 1))
        .isInstanceOf(Result.Disabled.class);
    assertThat(authenticator.authenticate(wrongSecret.plaintext(), 1))
        .isInstanceOf(Result.Unknown.class);
  }

  @Test
  void aChangeOfTheKeyTakesEffectAtOnce() {
    put(1, true, new ApiKeySecret(hash, null));
    assertThat(authenticator.authenticate(TOKEN.plaintext(), 1))
        .isInstanceOf(Result.Authenticated.class);

    put(2, true, new ApiKeySecret(bcrypt.encode("another secret"), null));
    assertThat(authenticator.authenticate(TOKEN.plaintext(), 1)).isInstanceOf(Result.Unknown.class);

    put(3, true, new ApiKeySecret(hash, null));
    assertThat(authenticator.authenticate(TOKEN.plaintext(), 1))
        .isInstanceOf(Result.Authenticated.class);
  }

  @Test
  void aReplacedSecretLivesUntilItsOverlapEnds() {
    put(
        1,
        true,
        new ApiKeySecret(bcrypt.encode("new"), null),
        new ApiKeySecret(hash, now.plusSeconds(60)));
    assertThat(authenticator.authenticate(TOKEN.plaintext(), 1))
        .isInstanceOf(Result.Authenticated.class);

    now = now.plusSeconds(60);
    assertThat(authenticator.authenticate(TOKEN.plaintext(), 1)).isInstanceOf(Result.Unknown.class);
  }

  @Test
  void saysThatAKeyHasExpiredOnlyToItsHolder() {
    KeyRestrictions until =
        new KeyRestrictions(now.plusSeconds(60), List.of(), List.of(), List.of());
    var wrongSecret = new ApiKeyToken(Mode.LIVE, TOKEN.id(), "0".repeat(43));
    put(1, true, until, new ApiKeySecret(hash, null));
    assertThat(authenticator.authenticate(TOKEN.plaintext(), 1))
        .isInstanceOf(Result.Authenticated.class);

    now = now.plusSeconds(60);
    assertThat(authenticator.authenticate(TOKEN.plaintext(), 1)).isInstanceOf(Result.Expired.class);
    assertThat(authenticator.authenticate(wrongSecret.plaintext(), 1))
        .isInstanceOf(Result.Unknown.class);
  }

  @Test
  void recallsAGoodKeyWithoutBcryptAsLongAsItIsGood() {
    put(1, true, new ApiKeySecret(hash, null));
    assertThat(authenticator.recall(TOKEN.plaintext())).isEmpty();
    authenticator.authenticate(TOKEN.plaintext(), 1);

    assertThat(authenticator.recall(TOKEN.plaintext()))
        .containsInstanceOf(Result.Authenticated.class);
    assertThat(bcrypt.matches).hasValue(1);

    put(2, false, new ApiKeySecret(hash, null));
    assertThat(authenticator.recall(TOKEN.plaintext())).containsInstanceOf(Result.Disabled.class);
    put(3, true, new ApiKeySecret(bcrypt.encode("another secret"), null));
    assertThat(authenticator.recall(TOKEN.plaintext())).isEmpty();
  }

  @Test
  void recallsNoWrongKey() {
    put(1, true, new ApiKeySecret(hash, null));
    var wrongSecret = new ApiKeyToken(Mode.LIVE, TOKEN.id(), "0".repeat(43));
    authenticator.authenticate(wrongSecret.plaintext(), 1);

    assertThat(authenticator.recall(wrongSecret.plaintext())).isEmpty();
    assertThat(authenticator.recall("nonsense")).isEmpty();
  }

  @Test
  void saysThatItIsBusyAndLooksAtTheKeyTheNextTime() throws Exception {
    put(1, true, new ApiKeySecret(hash, null));
    var pool = new BcryptPool(bcrypt, 1);
    var crowded = new ApiKeyAuthenticator(keys, pool, () -> now);
    var goOn = new CountDownLatch(1);
    var all = BcryptPoolTest.fill(pool, 1, goOn);

    assertThat(crowded.authenticate(TOKEN.plaintext(), 2)).isInstanceOf(Result.Busy.class);
    assertThat(bcrypt.matches).hasValue(0);
    goOn.countDown();
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(10, TimeUnit.SECONDS);

    assertThat(crowded.authenticate(TOKEN.plaintext(), 2)).isInstanceOf(Result.Authenticated.class);
  }

  private void put(long version, boolean enabled, ApiKeySecret... secrets) {
    put(version, enabled, KeyRestrictions.NONE, secrets);
  }

  private void put(
      long version, boolean enabled, KeyRestrictions restrictions, ApiKeySecret... secrets) {
    keys.put(
        TOKEN.id().value(),
        version,
        new ApiKeyState(
            1,
            version,
            TOKEN.id(),
            Examples.ACME,
            "test",
            Mode.LIVE,
            Set.of(Scope.SEND),
            List.of(secrets),
            enabled,
            List.of(),
            null,
            restrictions,
            null));
  }
}
