package io.tallypost.kit.callers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.events.Examples;
import io.tallypost.keys.AddressRange;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.mail.Mode;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CredentialTest {
  private static final Instant NOW = Examples.NOON;
  private static final ApiKeySecret SHOWN = new ApiKeySecret("hash of one", null);
  private static final ApiKeySecret OTHER = new ApiKeySecret("hash of another", null);

  private final Credential credential = new Credential(SHOWN, "192.0.2.7");

  @Test
  void opensAKeyAsLongAsItsSecretIsValid() {
    assertOpens(key(OTHER, SHOWN));
    assertOpens(key(OTHER, new ApiKeySecret(SHOWN.hash(), NOW.plusMillis(1))));
    assertRefused("unauthorized", key(OTHER, new ApiKeySecret(SHOWN.hash(), NOW)));
    assertRefused("unauthorized", key(OTHER));
    assertRefused("unauthorized", key());
  }

  @Test
  void opensNoKeyThatIsSwitchedOffOrExpired() {
    assertRefused("key_disabled", key(false, null, List.of(), SHOWN));
    assertRefused("key_expired", key(true, NOW, List.of(), SHOWN));
    assertOpens(key(true, NOW.plusMillis(1), List.of(), SHOWN));
  }

  @Test
  void opensAKeyFromItsNetworksOnly() {
    assertOpens(key(true, null, List.of(new AddressRange("192.0.2.0/24")), SHOWN));
    assertRefused(
        "address_not_allowed",
        key(true, null, List.of(new AddressRange("198.51.100.0/24")), SHOWN));
  }

  @Test
  void neverShowsTheHash() {
    assertThat(credential.toString()).doesNotContain(SHOWN.hash());
    assertThat(new Caller(key(SHOWN), credential).toString()).doesNotContain(SHOWN.hash());
  }

  private void assertOpens(ApiKeyState key) {
    assertThatCode(() -> credential.refuseUnlessOpens(key, NOW)).doesNotThrowAnyException();
  }

  private void assertRefused(String code, ApiKeyState key) {
    assertThatThrownBy(() -> credential.refuseUnlessOpens(key, NOW))
        .isInstanceOfSatisfying(
            ProblemException.class, problem -> assertThat(problem.code()).isEqualTo(code));
  }

  private static ApiKeyState key(ApiKeySecret... secrets) {
    return key(true, null, List.of(), secrets);
  }

  private static ApiKeyState key(
      boolean enabled,
      @Nullable Instant expiresAt,
      List<AddressRange> cidrs,
      ApiKeySecret... secrets) {
    return new ApiKeyState(
        ApiKeyState.SHAPE,
        1,
        Examples.ACME_KEY,
        Examples.ACME,
        "shop",
        Mode.LIVE,
        Set.of(Scope.SEND),
        List.of(secrets),
        enabled,
        List.of(),
        null,
        new KeyRestrictions(expiresAt, List.of(), List.of(), cidrs),
        null);
  }
}
