package io.tallypost.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.QuotaLimit;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.mail.Mode;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** The value on the topic: replicas of both builds read it during a rollout. */
class ApiKeyStateTest {
  private static final ApiKeyState KEY =
      new ApiKeyState(
          1,
          3,
          Examples.ACME_KEY,
          Examples.ACME,
          "shop",
          Mode.LIVE,
          Set.of(Scope.SEND),
          List.of(
              new ApiKeySecret("$2a$10$hash", null),
              new ApiKeySecret("$2a$10$before", Examples.NOON)),
          true,
          List.of(
              new QuotaLimit(QuotaPolicyName.KEY_DAY, 1000),
              new QuotaLimit(QuotaPolicyName.KEY_MINUTE, 60)),
          Examples.MAIL.from(),
          new KeyRestrictions(
              Examples.MIDNIGHT_AFTER,
              List.of(new DomainRule("acme.example")),
              List.of(new DomainRule("example.org"), new DomainRule("*.example.net")),
              List.of(new AddressRange("192.0.2.0/24"), new AddressRange("2001:db8::/32"))),
          new ApiKeyId("adminKey0001"));

  @Test
  void writesAndReadsWhatTheGoldenFileSays() throws UnreadableRecordException {
    var plain = JsonMapper.builder().build();

    assertThat(plain.readTree(EventJson.write(KEY))).isEqualTo(plain.readTree(golden("api-key")));
    assertThat(EventJson.read(golden("api-key"), ApiKeyState.class)).isEqualTo(KEY);
  }

  @Test
  void writesAndReadsTheHeadersThatAKeyIsAllowed() throws UnreadableRecordException {
    var plain = JsonMapper.builder().build();
    KeyRestrictions before = KEY.restrictions();
    var key =
        with(
            true,
            new KeyRestrictions(
                before.expiresAt(),
                before.senderDomains(),
                before.recipientDomains(),
                before.cidrs(),
                List.of(new HeaderName("X-SMTPAPI"), new HeaderName("X-MC-Tags"))));

    assertThat(plain.readTree(EventJson.write(key)))
        .isEqualTo(plain.readTree(golden("api-key-headers")));
    assertThat(EventJson.read(golden("api-key-headers"), ApiKeyState.class)).isEqualTo(key);
    assertThat(key.restrictions().allowsHeader("x-SmtpApi")).isTrue();
    assertThat(key.restrictions().allowsHeader("X-MC")).isFalse();
    assertThat(KEY.restrictions().allowsHeader("X-SMTPAPI")).isFalse();
  }

  @Test
  void readsARecordFromBeforeThereWereRestrictions() throws UnreadableRecordException {
    ApiKeyState first = EventJson.read(golden("api-key-first"), ApiKeyState.class);

    assertThat(first.restrictions()).isEqualTo(KeyRestrictions.NONE);
    assertThat(first.createdBy()).isNull();
    assertThat(first.restrictions().allowsClient("203.0.113.9")).isTrue();
    assertThat(first.restrictions().allowsRecipient(Examples.BOB)).isTrue();
    assertThat(first.restrictions().allowsSender(Examples.ALICE)).isTrue();
    assertThat(first.restrictions().expiredAt(Examples.MIDNIGHT_AFTER)).isFalse();
  }

  @Test
  void remembersItsMakerThroughARotation() {
    assertThat(KEY.next(List.of()).createdBy()).isEqualTo(KEY.createdBy());
  }

  private static ApiKeyState with(boolean enabled, KeyRestrictions restrictions) {
    return new ApiKeyState(
        KEY.v(),
        KEY.version(),
        KEY.id(),
        KEY.tenant(),
        KEY.name(),
        KEY.mode(),
        KEY.scopes(),
        KEY.secrets(),
        enabled,
        KEY.limits(),
        KEY.defaultFrom(),
        restrictions,
        KEY.createdBy());
  }

  @Test
  void keepsItsSecretsOutOfLogs() {
    assertThat(KEY.toString()).doesNotContain("$2a$");
  }

  private static byte[] golden(String name) {
    try (var in = ApiKeyStateTest.class.getResourceAsStream("/golden/" + name + ".json")) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
