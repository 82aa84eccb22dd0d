package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.keys.BcryptPool;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

/** How the secret of a key is replaced. */
class KeyRotationIT extends KeyIT {
  @Autowired BcryptPool bcrypt;

  @BeforeEach
  void approve() {
    quota.answer(Quota.APPROVING);
  }

  @Test
  void keepsTheReplacedSecretUntilItsOverlapEnds() {
    var created = newKey(operator, "'daily_limit': 100");
    var before = holder(created);

    var rotated = operator.call("POST", path(created) + "/rotate", "{\"overlap\": \"PT2S\"}");

    assertThat(rotated.status()).isEqualTo(200);
    assertThat(rotated.text("id")).isEqualTo(created.text("id"));
    assertThat(rotated.text("api_key")).isNotEqualTo(created.text("api_key"));
    assertThat(rotated.body().has("previous_secret_expires_at")).isTrue();
    assertThat(holder(rotated).send(MAIL).status()).isEqualTo(202);
    assertThat(before.send(MAIL).status()).isEqualTo(202);
    await().until(() -> before.send(MAIL).status() == 401);
    assertThat(holder(rotated).send(MAIL).status()).isEqualTo(202);
    assertThat(operator.get(path(created)).body().has("api_key")).isFalse();
  }

  @Test
  void endsTheReplacedSecretAtOnceWhereNoOverlapIsWanted() {
    var created = newKey(operator, "'daily_limit': 100");

    var rotated = operator.call("POST", path(created) + "/rotate", "{\"overlap\": 0}");

    assertThat(holder(created).send(MAIL).status()).isEqualTo(401);
    assertThat(holder(rotated).send(MAIL).status()).isEqualTo(202);
  }

  @Test
  void keepsTheReplacedSecretForADayUnlessToldOtherwise() {
    var created = newKey(operator, "'daily_limit': 100");

    var rotated = operator.call("POST", path(created) + "/rotate", null);

    assertThat(Instant.parse(rotated.text("previous_secret_expires_at")))
        .isBetween(Instant.now().plusSeconds(86_300), Instant.now().plusSeconds(86_400));
  }

  /** What is made and rotated takes its turn behind what its tenant has hashed at the time. */
  @Test
  void hashesNewSecretsWithinTheBoundsOfBcrypt() throws InterruptedException {
    var created = newKey(operator, "'daily_limit': 5");
    var over = new AtomicBoolean();
    int more = 65 * Math.max(1, Runtime.getRuntime().availableProcessors() / 2) + 8;
    List<Thread> others =
        Stream.generate(() -> Thread.ofPlatform().start(() -> keepHashing(over)))
            .limit(more)
            .toList();
    try {
      var made =
          awaitRefusal(
              () -> operator.call("POST", KEYS, "{\"name\": \"" + UUID.randomUUID() + "\"}"));
      var rotated =
          awaitRefusal(() -> operator.call("POST", path(created) + "/rotate", "{\"overlap\": 0}"));

      for (var refused : List.of(made, rotated)) {
        assertThat(refused.text("code")).isEqualTo("unavailable");
        assertThat(refused.header("Retry-After")).isEqualTo("5");
        assertThat(refused.body().has("api_key")).isFalse();
      }
    } finally {
      over.set(true);
      for (Thread other : others) {
        other.join();
      }
    }
  }

  private void keepHashing(AtomicBoolean over) {
    while (!over.get()) {
      try {
        bcrypt.encode("default", "a secret");
      } catch (BcryptPool.FullException e) {
        Thread.onSpinWait();
      }
    }
  }

  private static Client.Answer awaitRefusal(Callable<Client.Answer> call) {
    return await().until(call, answer -> answer.status() == 503);
  }

  @Test
  void boundsTheSecretsThatOverlap() {
    var created = newKey(operator, "'daily_limit': 100");
    String rotate = path(created) + "/rotate";
    for (int i = 0; i < 3; i++) {
      assertThat(operator.call("POST", rotate, "{}").status()).isEqualTo(200);
    }

    var tooMany = operator.call("POST", rotate, "{}");

    assertThat(tooMany.status()).isEqualTo(409);
    assertThat(tooMany.text("code")).isEqualTo("too_many_secrets");
    assertThat(operator.call("POST", rotate, "{\"overlap\": 0}").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "2592001", "\"P31D\"", "\"x\"", "1.5", "true", "\"-PT1S\""})
  void refusesAnOverlapThatIsNone(String overlap) {
    var created = newKey(operator, "'daily_limit': 100");

    var answer = operator.call("POST", path(created) + "/rotate", "{\"overlap\": " + overlap + "}");

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.pointers()).containsExactly("/overlap");
  }
}
