package io.tallypost.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.QuotaLimit;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mailbox;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class TenantStateTest {
  private static final List<QuotaLimit> LIMITS =
      List.of(
          new QuotaLimit(QuotaPolicyName.TENANT_DAY, 10_000),
          new QuotaLimit(QuotaPolicyName.TENANT_MONTH, 200_000));
  private static final TenantState TENANT =
      new TenantState(
          1,
          2,
          Examples.ACME,
          "Acme, Inc.",
          true,
          LIMITS,
          new Mailbox("Acme Shop", new EmailAddress("shop@acme.example")),
          Instant.parse("2026-11-22T11:00:00Z"),
          Instant.parse("2026-11-22T10:00:00Z"),
          List.of(new DomainRule("acme.example"), new DomainRule("*.acme.example")));

  @Test
  void writesAndReadsWhatTheGoldenFileSays() throws IOException, UnreadableRecordException {
    var plain = JsonMapper.builder().build();
    byte[] golden = golden("tenant");

    assertThat(plain.readTree(EventJson.write(TENANT))).isEqualTo(plain.readTree(golden));
    assertThat(EventJson.read(golden, TenantState.class)).isEqualTo(TENANT);
  }

  @Test
  void readsWhatWasWrittenBeforeTenantsCouldBeHeld() throws IOException, UnreadableRecordException {
    assertThat(EventJson.read(golden("tenant-first"), TenantState.class))
        .isEqualTo(new TenantState(1, 2, Examples.ACME, "Acme, Inc.", true, LIMITS));
  }

  @Test
  void tellsReadersOfBeforeThatADeletedTenantIsDisabledAndHeld()
      throws IOException, UnreadableRecordException {
    var plain = JsonMapper.builder().build();
    var deleted = TenantState.deleted(Examples.ACME, 3, Instant.parse("2026-11-22T12:00:00Z"));
    byte[] golden = golden("tenant-deleted");

    assertThat(plain.readTree(EventJson.write(deleted))).isEqualTo(plain.readTree(golden));
    assertThat(EventJson.read(golden, TenantState.class)).isEqualTo(deleted);
    assertThat(deleted.enabled()).isFalse();
    assertThat(deleted.holdsMail()).isTrue();
  }

  private static byte[] golden(String name) throws IOException {
    try (var in = TenantStateTest.class.getResourceAsStream("/golden/" + name + ".json")) {
      return in.readAllBytes();
    }
  }
}
