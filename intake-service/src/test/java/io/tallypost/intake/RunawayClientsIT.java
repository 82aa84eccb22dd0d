package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.keys.ApiKeyToken;
import io.tallypost.mail.Mode;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who guesses keys, or sends without end, is slowed, and nobody else. */
class RunawayClientsIT extends KeyIT {
  @BeforeEach
  void approve() {
    quota.answer(Quota.APPROVING);
  }

  @Test
  void slowsAnAddressThatGuessesAndNobodyElse() {
    var known = holder(newKey(operator, "'daily_limit': 5"));
    String guesser = "203.0.113.77";
    assertThat(known.send(MAIL, "X-Forwarded-For", guesser).status()).isEqualTo(202);
    for (int i = 0; i < 100; i++) {
      assertThat(guess(guesser).status()).isEqualTo(401);
    }

    var refused = guess(guesser);

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.text("code")).isEqualTo("rate_limited");
    assertThat(refused.text("detail")).contains("No quota was charged");
    assertThat(refused.text("charged")).isEqualTo("false");
    assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
    assertThat(guess("203.0.113.78").status()).isEqualTo(401);
    assertThat(known.send(MAIL, "X-Forwarded-For", guesser).status()).isEqualTo(202);
  }

  @Test
  void chargesGuessesBeforeItLooksAtThem() {
    String guesser = "203.0.113.79";

    List<Integer> answers;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      answers =
          IntStream.range(0, 400)
              .mapToObj(_ -> CompletableFuture.supplyAsync(() -> guess(guesser).status(), threads))
              .toList()
              .stream()
              .map(CompletableFuture::join)
              .toList();
    }

    assertThat(answers).containsOnly(401, 429);
    assertThat(answers).filteredOn(status -> status == 401).hasSizeBetween(1, 100);
    // Others behind the same address go on.
    assertThat(operator.send("{}", "X-Forwarded-For", guesser).status()).isEqualTo(422);
  }

  private Client.Answer guess(String from) {
    var guess = ApiKeyToken.generate(Mode.LIVE, new SecureRandom());
    return client.with(guess.plaintext()).send(MAIL, "X-Forwarded-For", from);
  }

  @Test
  void slowsAKeyThatRunsAwayAndNobodyElse() {
    var runaway = holder(newKey(operator, "'daily_limit': 5"));
    for (int i = 0; i < 1000; i++) {
      assertThat(runaway.send("{}").status()).isEqualTo(422);
    }

    var refused = runaway.send("{}");

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.text("code")).isEqualTo("rate_limited");
    assertThat(refused.text("detail")).contains("No quota was charged");
    assertThat(refused.text("charged")).isEqualTo("false");
    assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
    assertThat(refused.header("RateLimit-Policy")).isEqualTo("\"key_day\";q=5;w=86400");
    assertThat(client.send("{}").status()).isEqualTo(422);
  }
}
