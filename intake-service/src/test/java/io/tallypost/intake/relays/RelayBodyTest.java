package io.tallypost.intake.relays;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tallypost.ids.RelayId;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.relays.KeyRing;
import io.tallypost.kit.testing.DescribedFields;
import io.tallypost.relays.RelayState;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelayBodyTest {
  private static final KeyRing NO_KEYS = KeyRing.of(List.of());

  private final FieldProblems problems = new FieldProblems();

  private RelayState read(String body) {
    var object = JsonBody.read(body.replace('\'', '"').getBytes(UTF_8), problems);
    return new RelayBody(object, NO_KEYS)
        .forCreation(new RelayId("r1"), TenantId.DEFAULT, _ -> true);
  }

  @Test
  void refusesAPasswordWithoutAKeyToSealItBy() {
    assertThatExceptionOfType(ProblemException.class)
        .isThrownBy(() -> read("{'name': 'x', 'host': 'h', 'user': 'u', 'password': 'p'}"))
        .withMessageContaining("EMAIL_ENCRYPTION_KEY")
        .withMessageContaining("make encryption-key");
  }

  @Test
  void needsNoKeyForARelayWithoutLogin() {
    RelayState relay = read("{'name': 'x', 'host': 'h'}");

    assertThat(problems.isEmpty()).isTrue();
    assertThat(relay.version()).isEqualTo(1);
    assertThat(relay.tenant()).isEqualTo(TenantId.DEFAULT);
  }

  @ParameterizedTest
  @CsvSource({"starttls, 587", "tls, 465", "none, 25"})
  void takesTheUsualPort(String security, int port) {
    assertThat(read("{'name': 'x', 'host': 'h', 'security': '" + security + "'}").port())
        .isEqualTo(port);
  }

  @Test
  void takesTheFieldsThatTheDescriptionTells() {
    RelayState relay = read("{'name': 'x', 'host': 'h'}");

    DescribedFields.assertTakenInBody(
        "POST /api/v1/admin/relays",
        body ->
            new RelayBody(body, NO_KEYS)
                .forCreation(new RelayId("r1"), TenantId.DEFAULT, _ -> true));
    DescribedFields.assertTakenInBody(
        "PATCH /api/v1/admin/relays/{id}", body -> new RelayBody(body, NO_KEYS).forChange(relay));
  }

  @Test
  void takesNoStoredPasswordToAnotherHost() {
    var keys = KeyRing.of(List.of(KeyRing.newKey("k1")));
    RelayState before =
        body("{'name': 'x', 'host': 'old.example', 'user': 'u', 'password': 'p'}", keys)
            .forCreation(new RelayId("r1"), TenantId.DEFAULT, _ -> true);

    body("{'host': 'old.example', 'user': 'u', 'priority': 5}", keys).forChange(before);
    body("{'host': 'new.example', 'user': 'u', 'password': 'p'}", keys).forChange(before);
    body("{'host': 'new.example', 'user': null, 'password': null}", keys).forChange(before);
    assertThat(problems.isEmpty()).isTrue();

    body("{'host': 'new.example'}", keys).forChange(before);
    assertThatExceptionOfType(ProblemException.class).isThrownBy(problems::refuseIfAny);
  }

  private RelayBody body(String json, KeyRing keys) {
    return new RelayBody(JsonBody.read(json.replace('\'', '"').getBytes(UTF_8), problems), keys);
  }
}
