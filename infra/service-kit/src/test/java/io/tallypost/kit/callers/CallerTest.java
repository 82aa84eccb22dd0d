package io.tallypost.kit.callers;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Examples;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.Scope;
import io.tallypost.mail.Mode;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallerTest {
  private static final TenantId OTHER = new TenantId("umbrella");

  @ParameterizedTest
  @CsvSource({
    "LIVE, READ,     true,  true,  false, false",
    "TEST, READ,     false, true,  false, false",
    "LIVE, OPERATOR, true,  true,  true,  true",
    "TEST, OPERATOR, false, true,  false, false"
  })
  void readsByTenantAndMode(
      Mode mode, Scope scope, boolean live, boolean test, boolean othersLive, boolean othersTest) {
    Caller caller = caller(mode, scope);

    assertThat(caller.mayRead(Examples.ACME, Mode.LIVE)).isEqualTo(live);
    assertThat(caller.mayRead(Examples.ACME, Mode.TEST)).isEqualTo(test);
    assertThat(caller.mayRead(OTHER, Mode.LIVE)).isEqualTo(othersLive);
    assertThat(caller.mayRead(OTHER, Mode.TEST)).isEqualTo(othersTest);
  }

  @Test
  void managesNothingWithATestKeyWhateverItsRecordSays() {
    Caller caller = caller(Mode.TEST, Scope.values());

    assertThat(caller.scopes()).containsExactlyInAnyOrder(Scope.SEND, Scope.READ, Scope.READ_BODY);
    assertThat(caller.has(Scope.OPERATOR)).isFalse();
    assertThat(new ApiKeyAuthentication(caller).getAuthorities())
        .extracting(Object::toString)
        .doesNotContain(Scope.ADMIN.authority(), Scope.OPERATOR.authority());
    assertThat(caller(Mode.LIVE, Scope.values()).scopes())
        .containsExactlyInAnyOrder(Scope.values());
  }

  private static Caller caller(Mode mode, Scope... scopes) {
    return new Caller(
        new ApiKeyState(
            ApiKeyState.SHAPE,
            1,
            Examples.ACME_KEY,
            Examples.ACME,
            "shop",
            mode,
            Set.of(scopes),
            List.of(),
            true,
            List.of(),
            null),
        new Credential(new ApiKeySecret("hash", null), "192.0.2.1"));
  }
}
