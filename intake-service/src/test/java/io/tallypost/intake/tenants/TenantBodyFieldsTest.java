package io.tallypost.intake.tenants;

import io.tallypost.events.Examples;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.testing.DescribedFields;
import java.util.List;
import org.junit.jupiter.api.Test;

class TenantBodyFieldsTest {
  private static final TenantState TENANT =
      new TenantState(
          TenantState.SHAPE,
          1,
          Examples.ACME,
          "Acme",
          true,
          List.of(),
          null,
          null,
          null,
          List.of());

  @Test
  void takesTheFieldsThatTheDescriptionTells() {
    DescribedFields.assertTakenInBody(
        "POST /api/v1/admin/tenants", body -> read(body).forCreation());
    DescribedFields.assertTakenInBody(
        "PATCH /api/v1/admin/tenants/{id}", body -> read(body).forChange(TENANT, 2));
  }

  private static TenantBody read(JsonObject body) {
    return new TenantBody(body, false, Examples.NOON);
  }
}
