package io.tallypost.intake.keys;

import io.tallypost.events.Examples;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Credential;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.testing.DescribedFields;
import io.tallypost.mail.Mode;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ApiKeyBodyFieldsTest {
  private static final ApiKeyState KEY =
      new ApiKeyState(
          ApiKeyState.SHAPE,
          1,
          Examples.ACME_KEY,
          Examples.ACME,
          "acme",
          Mode.LIVE,
          Set.of(Scope.OPERATOR),
          List.of(),
          true,
          List.of(),
          null);

  @Test
  void takesTheFieldsThatTheDescriptionTells() {
    DescribedFields.assertTakenInBody(
        "POST /api/v1/admin/api-keys",
        body ->
            read(body)
                .forCreation(
                    new Access(
                        KEY, new Credential(new ApiKeySecret("hash", null), "192.0.2.1"), 1_000),
                    _ -> true));
    DescribedFields.assertTakenInBody(
        "PATCH /api/v1/admin/api-keys/{id}", body -> read(body).forChange(KEY));
  }

  private static ApiKeyBody read(JsonObject body) {
    return new ApiKeyBody(body, 1_000, false, Examples.NOON);
  }
}
