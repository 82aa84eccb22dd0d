package io.tallypost.kit.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Examples;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.mail.Mode;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KeyExpiryTest {
  @Test
  void theNextExpiryIsTheFirstThatIsStillToComeOfKeysThatMayBeUsed() {
    var keys =
        List.of(
            expiring(true, null),
            expiring(true, Examples.NOON),
            expiring(false, Examples.NOON.plusSeconds(1)),
            expiring(true, Examples.NOON.plusSeconds(3)),
            expiring(true, Examples.NOON.plusSeconds(2)));

    assertThat(KeyExpiry.next(keys, Examples.NOON)).contains(Examples.NOON.plusSeconds(2));
    assertThat(KeyExpiry.next(keys, Examples.MIDNIGHT_AFTER)).isEmpty();
  }

  private static ApiKeyState expiring(boolean enabled, @Nullable Instant at) {
    return new ApiKeyState(
        1,
        1,
        Examples.ACME_KEY,
        Examples.ACME,
        "shop",
        Mode.LIVE,
        Set.of(Scope.SEND),
        List.of(new ApiKeySecret("$2a$10$hash", null)),
        enabled,
        List.of(),
        null,
        new KeyRestrictions(at, List.of(), List.of(), List.of()),
        null);
  }
}
