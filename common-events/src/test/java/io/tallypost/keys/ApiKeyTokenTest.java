package io.tallypost.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.mail.Mode;
import java.security.SecureRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeyTokenTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @RepeatedTest(50)
  void readsBackWhatItGenerated() {
    var token = ApiKeyToken.generate(Mode.TEST, RANDOM);

    assertThat(token.plaintext()).startsWith("sk_test_").hasSize(8 + 16 + 1 + 43 + 6);
    assertThat(ApiKeyToken.parse(token.plaintext())).contains(token);
  }

  @Test
  void tellsATypingErrorByTheChecksum() {
    String plaintext = ApiKeyToken.generate(Mode.LIVE, RANDOM).plaintext();
    int place = "sk_live_".length() + 20;
    char other = plaintext.charAt(place) == 'x' ? 'y' : 'x';

    assertThat(
            ApiKeyToken.parse(
                plaintext.substring(0, place) + other + plaintext.substring(place + 1)))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sk_live_",
        "sk_live_abc_def",
        "Bearer x",
        "sk_prod_0123456789abcdef_x",
        "\u0000"
      })
  void refusesWhatIsNoKey(String text) {
    assertThat(ApiKeyToken.parse(text)).isEmpty();
  }

  @Test
  void hidesItsSecret() {
    var token = ApiKeyToken.generate(Mode.LIVE, RANDOM);

    assertThat(token.toString()).doesNotContain(token.secret());
  }
}
