package io.posthorn.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.events.EventJson;
import io.posthorn.events.Examples;
import io.posthorn.events.QuotaLimit;
import io.posthorn.events.QuotaPolicyName;
import io.posthorn.events.UnreadableRecordException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class TenantStateTest {
  private static final TenantState TENANT =
      new TenantState(
          1,
          2,
          Examples.ACME,
          "Acme, Inc.",
          true,
          List.of(
              new QuotaLimit(QuotaPolicyName.TENANT_DAY, 10_000),
              new QuotaLimit(QuotaPolicyName.TENANT_MONTH, 200_000)));

  @Test
  void writesAndReadsWhatTheGoldenFileSays() throws IOException, UnreadableRecordException {
    byte[] golden;
    try (var in = TenantStateTest.class.getResourceAsStream("/golden/tenant.json")) {
      golden = in.readAllBytes();
    }
    var plain = JsonMapper.builder().build();

    assertThat(plain.readTree(EventJson.write(TENANT))).isEqualTo(plain.readTree(golden));
    assertThat(EventJson.read(golden, TenantState.class)).isEqualTo(TENANT);
  }
}
